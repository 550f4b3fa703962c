//! What a service owns, what others use of that, and what it uses of others.

use super::Report;
use crate::access::{Mode, Resource};
use crate::ordered::OrderedMap;
use crate::plan::Service;

pub(super) struct Relations<'a> {
    /// What the plan says, and what most of the routes that write it are of.
    pub(super) owns: Vec<String>,
    pub(super) offers: Vec<Offer<'a>>,
    /// In the order of the plan's services.
    pub(super) needs: Vec<Need<'a>>,
}

/// Data of a service that others use.
pub(super) struct Offer<'a> {
    pub(super) data: &'a Resource,
    pub(super) users: Vec<(&'a str, Mode)>,
}

/// What a service uses of another one.
pub(super) struct Need<'a> {
    pub(super) of: &'a str,
    pub(super) data: OrderedMap<&'a Resource, Mode>,
    pub(super) places: usize,
}

impl<'a> Report<'a> {
    pub(super) fn relations(&self, service: &Service) -> Relations<'a> {
        let mut owns = service.owns.clone();
        let mut offers = Vec::new();
        let shared = self.coupling.shared_data.iter();
        for shared in shared.filter(|shared| shared.owner.as_ref() == Some(&service.name)) {
            let name = shared.data.to_string();
            if !owns.contains(&name) {
                owns.push(name);
            }
            let users = shared.users.iter().filter(|user| user.service != service.name);
            let users: Vec<(&str, Mode)> = users.map(|user| (user.service.as_str(), user.mode)).collect();
            offers.push(Offer { data: &shared.data, users });
        }
        owns.sort();
        let mut needs: Vec<Need<'a>> = Vec::new();
        for tie in self.coupling.ties.iter().filter(|tie| tie.from == service.name) {
            let at = needs.iter().position(|need| need.of == tie.to).unwrap_or_else(|| {
                needs.push(Need { of: &tie.to, data: OrderedMap::default(), places: 0 });
                needs.len() - 1
            });
            needs[at].places += 1;
            for (data, mode) in &tie.data {
                needs[at].data.entry(data).and_modify(|all| *all = all.join(*mode)).or_insert(*mode);
            }
        }
        Relations { owns, offers, needs }
    }
}
