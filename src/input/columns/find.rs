//! Assigns headers to fields.

use super::error::ColumnError;
use super::field::{Field, Map, Place, Target};
use super::header::{Header, fold};
use super::vocabulary::{VOCABULARY, holds, holds_part};
use super::{Mapping, Meaning, StatusColumn, Sure, YesMeans};
use crate::domain::setting::SettingKey;

/// Maps `headers`.
pub(super) fn mapping(headers: &[String], maps: &[Map]) -> Result<Mapping, ColumnError> {
    let headers: Vec<Header> = headers.iter().map(|header| Header::new(header)).collect();
    let mut finder = Finder {
        mapping: Mapping {
            meanings: vec![Meaning::Unknown; headers.len()],
            headers,
            columns: [None; Field::ALL.len()],
            fallbacks: Vec::new(),
            statuses: Vec::new(),
            settings: Vec::new(),
            secrets: Vec::new(),
            has_no_header: false,
        },
        by_hand: Vec::new(),
    };
    finder.take_maps(maps)?;
    // whether `nom` or `displayname` is a name depends on serial numbers and first names beside it
    let others = Field::ALL.into_iter().filter(|field| *field != Field::Serial);
    for field in std::iter::once(Field::Serial).chain(others) {
        if !finder.by_hand.contains(&Target::Field(field)) {
            finder.find(field)?;
        }
    }
    finder.find_directory_email();
    finder.find_settings()?;
    finder.finish()
}

/// Whether `header` is one of some field.
pub(super) fn is_known(header: &Header) -> bool {
    Field::ALL.into_iter().any(|field| VOCABULARY.aliases(field).know(&header.name))
}

/// Whether `header` is one of addresses.
pub(super) fn is_address(header: &Header, sure: Sure) -> bool {
    let lists = VOCABULARY.aliases(Field::Email);
    let name = &header.name;
    lists.know(name)
        && !holds(&lists.never, name)
        && !(sure == Sure::Yes && holds(&lists.last_resort, name))
}

/// Whether `map` names one of `headers`.
pub(super) fn has_column(headers: &[String], map: &Map) -> bool {
    let headers: Vec<Header> = headers.iter().map(|header| Header::new(header)).collect();
    locate(&headers, &map.place).is_some()
}

/// The column at `place`. A header is first compared as it is written, then in its folded form.
fn locate(headers: &[Header], place: &Place) -> Option<usize> {
    let written = |wanted: &str| headers.iter().position(|header| header.text == wanted);
    match place {
        Place::Nowhere => None,
        Place::Number(number) => written(&place.to_string())
            .or_else(|| Some(number.get() - 1).filter(|at| *at < headers.len())),
        Place::Header(wanted) => written(wanted).or_else(|| {
            let folded = fold(wanted);
            headers.iter().position(|header| header.name == folded && !folded.is_empty())
        }),
    }
}

/// Headers being mapped.
struct Finder {
    mapping: Mapping,
    /// Targets named by `--map`, including `=-`.
    by_hand: Vec<Target>,
}

impl Finder {
    fn take_maps(&mut self, maps: &[Map]) -> Result<(), ColumnError> {
        for map in maps {
            if self.by_hand.contains(&map.target) {
                return Err(ColumnError::MapTwice { target: map.target });
            }
            self.by_hand.push(map.target);
            if map.place == Place::Nowhere {
                continue;
            }
            let Some(at) = locate(&self.mapping.headers, &map.place) else {
                let has_known = self.mapping.headers.iter().any(is_known);
                let headers = if has_known { self.texts() } else { Vec::new() };
                return Err(ColumnError::MapWithoutColumn { map: map.clone(), headers });
            };
            if let Meaning::ByHand(first) = self.mapping.meanings[at] {
                return Err(ColumnError::MapSameColumn { map: map.clone(), first });
            }
            let is_secret = matches!(map.target, Target::Field(field) if field.is_secret());
            if self.mapping.headers[at].looks_secret() && !is_secret {
                return Err(ColumnError::MapToPassword { map: map.clone() });
            }
            match map.target {
                Target::Field(Field::Status) => {
                    let yes = self.yes_means(at);
                    self.mapping.statuses.push(StatusColumn { at, yes });
                    self.mapping.columns[Field::Status as usize] = Some(at);
                }
                Target::Field(field) => self.mapping.columns[field as usize] = Some(at),
                Target::Setting(key) => self.mapping.settings.push((key, at)),
            }
            self.mapping.meanings[at] = Meaning::ByHand(map.target);
        }
        Ok(())
    }

    fn find(&mut self, field: Field) -> Result<(), ColumnError> {
        let lists = VOCABULARY.aliases(field);
        let beside_serial = self.mapping.column(Field::Serial).is_some();
        let first_name = self.mapping.column(Field::FirstName).map(|at| self.name(at).to_owned());
        let beside: Vec<String> = lists
            .beside_first_name
            .iter()
            .filter(|[first, _]| Some(first) == first_name.as_ref())
            .map(|[_, last]| last.clone())
            .collect();
        for (number, tier) in lists.tiers.iter().enumerate() {
            let mut found = self.unclaimed(tier);
            if beside_serial {
                found.retain(|at| !holds(&lists.not_beside_serial, self.name(*at)));
            }
            if number == 0 {
                found.extend(self.unclaimed(&beside));
            }
            self.claim(field, &found)?;
        }
        if field == Field::Status {
            let inverted = self.unclaimed(&lists.inverted);
            self.claim(field, &inverted)?;
        }
        for at in self.unclaimed(&lists.fallback) {
            self.mapping.meanings[at] = Meaning::Fallback(field);
            self.note_upn(at);
            if self.mapping.column(field).is_none() {
                self.mapping.columns[field as usize] = Some(at);
            } else {
                self.mapping.fallbacks.push(at);
            }
        }
        if self.mapping.column(field).is_none() {
            let found = self.unclaimed(&lists.last_resort);
            if let [at, ..] = found[..] {
                self.claim(field, &found)?;
                self.mapping.meanings[at] = Meaning::LastResort(field);
            }
        }
        for at in self.unclaimed(&lists.never) {
            self.mapping.meanings[at] = Meaning::Denied(field);
        }
        if self.is_in_our_words() {
            let own_name: Vec<usize> = (self.unclaimed(&lists.informational).into_iter())
                .filter(|at| self.mapping.header_at(*at) == field.id())
                .collect();
            self.claim(field, &own_name)?;
        }
        for at in self.unclaimed(&lists.informational) {
            self.mapping.meanings[at] = Meaning::Informational(field);
        }
        Ok(())
    }

    /// A column of user principal names is a stand-in for the address, and for exports what it is.
    fn note_upn(&mut self, at: usize) {
        let upn = &mut self.mapping.columns[Field::Upn as usize];
        if upn.is_none() && holds(&VOCABULARY.user_principal_names, &self.mapping.headers[at].name)
        {
            *upn = Some(at);
        }
    }

    /// Whether every header is the name of a field in `--map`: then the list was made for this
    /// program, and `login` is the mail login. Okta and others have a `login` beside `firstName`.
    fn is_in_our_words(&self) -> bool {
        self.mapping.headers().all(|header| Target::named(header.trim()).is_some())
    }

    /// Gives the columns `found` to `field`, which may have one already.
    fn claim(&mut self, field: Field, found: &[usize]) -> Result<(), ColumnError> {
        if !field.may_repeat()
            && let [first, second, ..] = found
            && self.mapping.column(field).is_none()
        {
            return Err(ColumnError::TwoColumns {
                field,
                number: first + 1,
                first: self.mapping.header_at(*first).to_owned(),
                second: self.mapping.header_at(*second).to_owned(),
            });
        }
        for at in found.iter().copied() {
            let taken = self.mapping.column(field).is_some();
            self.mapping.meanings[at] = match field {
                Field::Status => {
                    let yes = self.yes_means(at);
                    self.mapping.statuses.push(StatusColumn { at, yes });
                    match yes {
                        YesMeans::Here => Meaning::Known(Target::Field(field)),
                        YesMeans::Gone => Meaning::Inverted(field),
                    }
                }
                _ if taken && !field.may_repeat() => Meaning::Outranked(field),
                _ => Meaning::Known(Target::Field(field)),
            };
            if !taken {
                self.mapping.columns[field as usize] = Some(at);
            }
        }
        Ok(())
    }

    /// Where the user chose another column for the mailbox, one of addresses is what the directory has.
    fn find_directory_email(&mut self) {
        let email = self.mapping.column(Field::Email);
        let is_chosen = self.by_hand.contains(&Target::Field(Field::Email)) && email.is_some();
        let is_free = self.mapping.column(Field::DirectoryEmail).is_none()
            && !self.by_hand.contains(&Target::Field(Field::DirectoryEmail));
        if !is_chosen || !is_free {
            return;
        }
        let addresses = VOCABULARY.aliases(Field::Email).tiers.concat();
        if let [at] = self.unclaimed(&addresses)[..] {
            self.mapping.meanings[at] = Meaning::Known(Target::Field(Field::DirectoryEmail));
            self.mapping.columns[Field::DirectoryEmail as usize] = Some(at);
        }
    }

    fn yes_means(&self, at: usize) -> YesMeans {
        let inverted = &VOCABULARY.aliases(Field::Status).inverted;
        let header = &self.mapping.headers[at];
        let is_inverted = holds(inverted, &header.name) || holds(inverted, &header.around);
        if is_inverted { YesMeans::Gone } else { YesMeans::Here }
    }

    fn find_settings(&mut self) -> Result<(), ColumnError> {
        for key in Target::settings() {
            let target = Target::Setting(key);
            let known = VOCABULARY
                .settings
                .get(&key.to_string())
                .filter(|_| !self.by_hand.contains(&target));
            let Some(known) = known else {
                continue;
            };
            match self.unclaimed(known)[..] {
                [] => {}
                [at] => {
                    self.mapping.meanings[at] = Meaning::Known(target);
                    self.mapping.settings.push((key, at));
                }
                [first, second, ..] => return Err(self.two_settings(key, first, second)),
            }
        }
        Ok(())
    }

    fn two_settings(&self, key: SettingKey, first: usize, second: usize) -> ColumnError {
        ColumnError::TwoSettings {
            key,
            first: self.mapping.header_at(first).to_owned(),
            second: self.mapping.header_at(second).to_owned(),
        }
    }

    fn finish(self) -> Result<Mapping, ColumnError> {
        let texts = self.texts();
        let mut mapping = self.mapping;
        if mapping.column(Field::Email).is_none() {
            let candidates = mapping
                .explain()
                .filter(|column| !column.is_secret)
                .filter(|column| matches!(column.meaning, Meaning::Unknown))
                .map(|column| column.header.to_owned())
                .filter(|header| {
                    !header.is_empty() && !holds_part(&VOCABULARY.others, &fold(header))
                })
                .collect();
            let has_known = mapping.headers.iter().any(is_known);
            let headers = if has_known { texts } else { Vec::new() };
            let columns = mapping.headers.len();
            return Err(ColumnError::NoEmail { columns, headers, candidates });
        }
        let secrets = mapping.explain().filter(|column| column.is_secret);
        mapping.secrets = secrets.map(|column| column.number - 1).collect();
        Ok(mapping)
    }

    /// Columns whose name is in `list` and that have no meaning yet.
    fn unclaimed(&self, list: &[String]) -> Vec<usize> {
        (0..self.mapping.headers.len())
            .filter(|at| self.mapping.meanings[*at] == Meaning::Unknown)
            .filter(|at| holds(list, self.name(*at)))
            .collect()
    }

    fn name(&self, at: usize) -> &str {
        &self.mapping.headers[at].name
    }

    fn texts(&self) -> Vec<String> {
        self.mapping.headers().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests;
