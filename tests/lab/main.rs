//! The boot lab: real firmware boots what we render.
