//! `mapping!` declares the keys of a mapping of site.yaml. Reading, the JSON Schema and the test of the
//! reference pages all use the same declaration.

/// Why an entry gave no value.
pub(super) enum EntryFault {
    /// The mapping has no such key.
    Unknown,
    /// The value has the wrong shape, and a finding says so.
    Wrong,
}

/// Declares a mapping of site.yaml: its keys, the shapes of their values, and by doc comments their meaning.
///
/// - `pub struct Name in "…" { key: Type, … }` reads a whole mapping into one [`Field`](super::Field) per key.
///   The text after `in` names the mapping in findings.
/// - `enum Name { key: Variant(Type), … }` reads one entry at a time. Hosts use it: a list of the few keys that
///   a host has is smaller than a struct of all keys that it could have.
///
/// `=> ScalarType::…` restricts the single values of a key in the JSON Schema. Both forms have `KEYS`, the names
/// alone, and `fields()`, which describes each key.
macro_rules! mapping {
    (
        $(#[doc = $doc:literal])*
        pub struct $Name:ident in $what:literal {
            $( $(#[doc = $key_doc:literal])* $key:ident : $ty:ty $(=> $scalar:expr)?, )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $Name<'a> {
            /// The place of the whole mapping.
            #[allow(dead_code, reason = "not every mapping is pointed at")]
            pub span: $crate::source::Span,
            $( $(#[doc = $key_doc])* pub $key: $crate::schema::Field<$ty>, )*
            /// Uses the lifetime where no field does.
            #[doc(hidden)]
            pub lifetime: std::marker::PhantomData<&'a ()>,
        }

        $crate::schema::mapping! {
            @keys $Name { $( { $($key_doc)* } $key { $ty } { $($scalar)? } )* }
        }

        impl<'a> $Name<'a> {
            /// Reads one entry; `false` if the mapping has no such key.
            pub fn take(
                &mut self,
                key: $crate::source::Scalar<'a>,
                value: &$crate::source::Node<'a>,
                reading: &mut $crate::schema::Reading<'_, 'a>,
            ) -> bool {
                match key.text {
                    $( stringify!($key) => self.$key = $crate::schema::field(value, reading), )*
                    _ => return false,
                }
                true
            }

            /// Reads all entries; an unknown key is a finding.
            pub fn from_entries(
                entries: &[$crate::source::MapEntry<'a>],
                span: $crate::source::Span,
                reading: &mut $crate::schema::Reading<'_, 'a>,
            ) -> Self {
                let mut read = Self { span, ..Self::default() };
                for (key, value) in entries {
                    if !read.take(*key, value, reading)
                        && let Some(meant) = reading.unknown_key(*key, $what, Self::KEYS)
                    {
                        read.mark_wrong(meant, key.span);
                    }
                }
                read
            }

            /// Marks the key that an unknown one was probably meant for, so that no finding says that it is missing.
            fn mark_wrong(&mut self, key: &str, span: $crate::source::Span) {
                match key {
                    $( stringify!($key) => self.$key.mark_wrong(span), )*
                    _ => {}
                }
            }
        }

        impl<'a> $crate::schema::FromNode<'a> for $Name<'a> {
            fn from_node(
                node: &$crate::source::Node<'a>,
                reading: &mut $crate::schema::Reading<'_, 'a>,
            ) -> Option<Self> {
                let (entries, span) = $crate::schema::entries(node, reading, $what)?;
                Some(Self::from_entries(entries, span, reading))
            }

            fn json_schema(
                shapes: &mut $crate::schema::Shapes,
                _scalar: $crate::schema::ScalarType,
            ) -> serde_json::Value {
                shapes.define(stringify!($Name), |shapes| {
                    let properties = Self::properties(shapes);
                    $crate::schema::Shapes::mapping(concat!($($doc, "\n"),*), properties)
                })
            }
        }
    };

    (
        $(#[doc = $doc:literal])*
        $vis:vis enum $Name:ident {
            $( $(#[doc = $key_doc:literal])* $key:ident : $Variant:ident($ty:ty) $(=> $scalar:expr)?, )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        $vis enum $Name<'a> {
            $( $(#[doc = $key_doc])* $Variant($ty), )*
        }

        $crate::schema::mapping! {
            @keys $Name { $( { $($key_doc)* } $key { $ty } { $($scalar)? } )* }
        }

        impl<'a> $Name<'a> {
            /// Reads one entry; `None` if the key has no value.
            fn read(
                key: $crate::source::Scalar<'a>,
                value: &$crate::source::Node<'a>,
                reading: &mut $crate::schema::Reading<'_, 'a>,
            ) -> Result<Option<Self>, $crate::schema::mapping::EntryFault> {
                match key.text {
                    $( stringify!($key) => match $crate::schema::field::<$ty>(value, reading) {
                        $crate::schema::Field::Absent => Ok(None),
                        $crate::schema::Field::Wrong(_) => Err($crate::schema::mapping::EntryFault::Wrong),
                        $crate::schema::Field::Given(value) => Ok(Some(Self::$Variant(value))),
                    }, )*
                    _ => Err($crate::schema::mapping::EntryFault::Unknown),
                }
            }
        }
    };

    ( @keys $Name:ident { $( { $($doc:literal)* } $key:ident { $ty:ty } { $($scalar:expr)? } )* } ) => {
        impl<'a> $Name<'a> {
            /// The names of all keys.
            pub const KEYS: &'static [&'static str] = &[ $( stringify!($key) ),* ];

            /// All keys, described.
            #[must_use]
            pub const fn fields() -> &'static [$crate::schema::KeyInfo] {
                const { &[ $( $crate::schema::KeyInfo {
                    name: stringify!($key),
                    doc: concat!($($doc, "\n"),*),
                    shape: |shapes| {
                        let scalar = $crate::schema::mapping!(@scalar $($scalar)?);
                        <$ty as $crate::schema::FromNode<'a>>::json_schema(shapes, scalar)
                    },
                } ),* ] }
            }

            /// The JSON Schema of each key.
            #[allow(dead_code, reason = "most mappings are asked for as a whole")]
            pub fn properties(
                shapes: &mut $crate::schema::Shapes,
            ) -> serde_json::Map<String, serde_json::Value> {
                shapes.properties(stringify!($Name), Self::fields())
            }
        }
    };

    ( @scalar ) => { $crate::schema::ScalarType::Any };
    ( @scalar $scalar:expr ) => { $scalar };
}
pub(crate) use mapping;
