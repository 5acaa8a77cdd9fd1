//! Words for the keys of the menu and of its items.

use super::Equivalent::{Here, Instead};
use super::{ForeignWords, row};

pub(super) static WORDS: &[ForeignWords] = &[
    row(&["menu"], "entries entry list labels", Here("items", "")),
    row(&["menu"], "prompt prompt_timeout menu_timeout set_timeout totaltimeout wait", Here("timeout", "")),
    row(
        &["menu"],
        "default_entry default_item default_menu set_default selected ontimeout",
        Here("default", ""),
    ),
    row(&["menu"], "label heading header name menu_title", Here("title", "")),
    row(
        &["menu"],
        "background menu_background password passwd hotkeys color colour menu_color display ui serial fallback gfxmode theme",
        Instead("the menu has no such setting; `key` of a boot entry is its hot key"),
    ),
    row(&["a menu item"], "entry id boot target boot_entry", Instead("an entry is its id alone: `- ID`")),
    row(
        &["a menu item"],
        "label menu_label text name",
        Instead("an entry's text is the `label` of the boot entry; text between entries is `{ gap: TEXT }`"),
    ),
    row(&["a menu item"], "separator menu_separator heading", Here("gap", "")),
    row(&["a menu item"], "menu menu_begin", Here("submenu", "")),
    row(&["a menu item"], "entries", Here("items", "")),
    row(&["menu"], "items_list item_list", Here("items", "")),
    row(&["menu"], "countdown", Here("timeout", "")),
    row(&["menu"], "order", Here("items", "they are shown in their order")),
];
