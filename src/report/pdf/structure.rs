//! The structure of the document for screen readers and search: headings, paragraphs, lists, tables and figures in reading order.
//!
//! Headers, footers, rules and the heads that a table repeats on its further pages are no part of it.

use krilla::tagging::{Identifier, ListNumbering, Node, TableHeaderScope, Tag, TagGroup, TagTree};
use std::num::NonZeroU16;

/// What a piece of a page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// A heading with its level, from 1, and its words.
    Heading(u16, String),
    /// A paragraph.
    Paragraph,
    /// A point of a list.
    Point,
    /// A cell of a table; those of its first row are heads.
    Cell { table: usize, row: usize },
    /// A drawing, with what it shows in words.
    Figure(String),
}

/// The tree of the pieces, each with the content that was marked as its own.
pub(super) fn tree(roles: &[Role], content: Vec<Vec<Identifier>>, language: &str) -> TagTree {
    let mut tree = TagTree::new().with_lang(Some(language.to_owned()));
    let mut pieces = roles.iter().zip(content).peekable();
    while let Some((role, own)) = pieces.next() {
        let children = |own: Vec<Identifier>| own.into_iter().map(Node::from).collect::<Vec<_>>();
        match role {
            Role::Heading(level, words) => {
                let level = NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN);
                tree.push(TagGroup::with_children(Tag::Hn(level, Some(words.clone())), children(own)));
            }
            Role::Paragraph => tree.push(TagGroup::with_children(Tag::P, children(own))),
            Role::Figure(words) => {
                tree.push(TagGroup::with_children(Tag::Figure(Some(words.clone())), children(own)));
            }
            Role::Point => {
                let mut list = TagGroup::new(Tag::L(ListNumbering::Disc));
                let item = |own| {
                    let mut item = TagGroup::new(Tag::LI);
                    item.push(TagGroup::with_children(Tag::LBody, children(own)));
                    item
                };
                list.push(item(own));
                while let Some((_, own)) = pieces.next_if(|(role, _)| **role == Role::Point) {
                    list.push(item(own));
                }
                tree.push(list);
            }
            Role::Cell { table, row } => {
                let cell = |row: usize, own| match row {
                    0 => TagGroup::with_children(Tag::TH(TableHeaderScope::Column), children(own)),
                    _ => TagGroup::with_children(Tag::TD, children(own)),
                };
                let mut rows = TagGroup::new(Tag::Table);
                let (mut at, mut line) = (*row, TagGroup::new(Tag::TR));
                line.push(cell(*row, own));
                let of_table = |role: &Role| matches!(role, Role::Cell { table: other, .. } if other == table);
                while let Some((role, own)) = pieces.next_if(|(role, _)| of_table(role)) {
                    let Role::Cell { row, .. } = role else { continue };
                    if *row != at {
                        rows.push(std::mem::replace(&mut line, TagGroup::new(Tag::TR)));
                        at = *row;
                    }
                    line.push(cell(*row, own));
                }
                rows.push(line);
                tree.push(rows);
            }
        }
    }
    tree
}
