//! The resolved site as templates and `show` see it.
