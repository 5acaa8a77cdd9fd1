//! The menu.

use serde_json::{Value, json};

use super::shape::{ScalarType, Shapes};
use super::{Field, FromNode, Many, Reading, mapping};
use crate::report::Finding;
use crate::report::catalogue::MISSING_KEY;
use crate::source::{Node, NodeKind, Scalar, Span};

mapping! {
    /// The menu.
    pub struct Menu in "menu" {
        /// Its title.
        title: Scalar<'a>,
        /// The time after which the default starts.
        timeout: Scalar<'a> => ScalarType::Duration,
        /// The entry that is preselected.
        default: Scalar<'a>,
        /// Its items.
        items: Many<MenuItem<'a>>,
        /// The other texts of the script.
        texts: MenuTexts<'a>,
    }
}

mapping! {
    /// The texts of the script other than titles and labels.
    pub struct MenuTexts in "menu.texts" {
        /// An entry that did not start.
        failed: Scalar<'a>,
        /// The text that asks for a key after that.
        press_a_key: Scalar<'a>,
        /// The item of a submenu that leads back.
        back: Scalar<'a>,
        /// An entry that starts by itself; `{entry}` stands for its id.
        starting: Scalar<'a>,
    }
}

/// One line of a menu.
#[derive(Clone, Debug)]
pub enum MenuItem<'a> {
    /// A boot entry.
    Entry(Scalar<'a>),
    /// Text between entries.
    Gap(Scalar<'a>),
    /// A menu below this one.
    Submenu(Box<Submenu<'a>>),
}

/// A menu below a menu.
#[derive(Clone, Debug)]
pub struct Submenu<'a> {
    /// Its id.
    pub id: Scalar<'a>,
    /// The place of its mapping.
    pub span: Span,
    /// Its title.
    pub title: Field<Scalar<'a>>,
    /// Its items.
    pub items: Field<Many<MenuItem<'a>>>,
}

mapping! {
    /// An item that is not just an id.
    pub struct ItemForms in "a menu item" {
        /// Text between entries.
        gap: Scalar<'a>,
        /// A submenu's id.
        submenu: Scalar<'a>,
        /// A submenu's title.
        title: Scalar<'a>,
        /// A submenu's items.
        items: Many<MenuItem<'a>>,
    }
}

impl<'a> FromNode<'a> for MenuItem<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        let NodeKind::Map(entries) = &node.plain().kind else {
            return Scalar::from_node(node, reading).map(Self::Entry);
        };
        // `{ gap: }` is a blank line, so a gap without a value is one.
        if let [(key, value)] = entries.as_slice()
            && key.text == "gap"
            && value.is_null()
        {
            return Some(Self::Gap(Scalar { text: "", span: key.span }));
        }
        let forms = ItemForms::from_node(node, reading)?;
        // Unknown keys have a finding already, which says what an item is.
        if entries.iter().any(|(key, _)| !ItemForms::KEYS.contains(&key.text)) {
            return None;
        }
        match (forms.gap.given(), forms.submenu.given()) {
            (Some(gap), None) if !forms.title.is_written() && !forms.items.is_written() => {
                Some(Self::Gap(*gap))
            }
            (None, Some(id)) => Some(Self::Submenu(Box::new(Submenu {
                id: *id,
                span: forms.span,
                title: forms.title,
                items: forms.items,
            }))),
            (None, None) if forms.items.is_written() && !forms.submenu.is_wrong() => {
                let message = "this submenu has no id";
                let finding = Finding::new(&MISSING_KEY, forms.span, message);
                reading.report.push(finding.help("write `{ submenu: ID, title: …, items: […] }`"));
                None
            }
            _ => {
                if !forms.gap.is_wrong() && !forms.submenu.is_wrong() {
                    reading.wrong_type(node, "an entry's id, `{ gap: text }` or `{ submenu: id, … }`");
                }
                None
            }
        }
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        shapes.define("MenuItem", |shapes| {
            let entry = Scalar::json_schema(shapes, scalar);
            let mut gap = ItemForms::properties(shapes);
            let mut submenu = gap.clone();
            gap.retain(|key, _| key == "gap");
            submenu.retain(|key, _| key != "gap");
            let mut gap = Shapes::mapping("Text between entries.", gap);
            if let Some(gap) = gap.as_object_mut() {
                gap.insert("required".to_owned(), json!(["gap"]));
            }
            let mut submenu = Shapes::mapping("A menu below this one.", submenu);
            if let Some(submenu) = submenu.as_object_mut() {
                submenu.insert("required".to_owned(), json!(["submenu"]));
            }
            json!({ "anyOf": [entry, gap, submenu] })
        })
    }
}
