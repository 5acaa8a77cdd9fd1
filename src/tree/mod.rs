//! The rendered trees on disk: written whole or not at all, and only what is ours.
