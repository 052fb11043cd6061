//! Who a person of the list is in Windows.

use super::Job;
use super::outcome::Fault;
use super::people::PersonRows;
use super::rows::ReadRow;
use crate::domain::account::PersonAccounts;
use crate::domain::directory::{Directory, Entry};
use crate::domain::platform::Platform;
use crate::fleet_script::{UserFault, WindowsUser};
use crate::mdm::UserNames;

/// What fleet scripts need of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WindowsUsers {
    /// What names a person's Windows user.
    pub(crate) names: UserNames,
    pub(crate) missing: WithoutUser,
}

/// What becomes of a person with Windows whose Windows user the list does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WithoutUser {
    /// The row is refused: the export has nothing else for them.
    Refused,
    /// They are in no script, and get what the export has for their other devices.
    LeftOut,
}

impl ReadRow {
    /// The Windows user of a row that is refused, skipped or for other devices, as far as it can be read. They sign in at
    /// the same PCs as everybody.
    pub(super) fn windows_user_left_out(&self, names: UserNames) -> Option<WindowsUser> {
        let address = self.address();
        let text = match names {
            UserNames::Column => self.windows_user.as_str(),
            UserNames::Address => &address,
            UserNames::LocalPart => address.rsplit_once('@')?.0,
        };
        WindowsUser::of(text).ok().filter(|user| !user.as_str().is_empty())
    }
}

impl PersonRows {
    /// Refuses a person with Windows whose Windows user the list does not name, if the job wants it.
    pub(super) fn refuse_without_windows_user(&mut self, job: &Job) {
        let Some(WindowsUsers { names, missing: WithoutUser::Refused }) = job.windows_users else {
            return;
        };
        let Some(accounts) = self.accounts() else { return };
        if !accounts.platforms.contains(Platform::Windows) {
            return;
        }
        if let Err(fault) = self.windows_user(&accounts, names) {
            self.refuse(|_| Fault::WindowsUser(fault.clone()));
        }
    }

    /// The Windows user of a person with these `accounts`. The column of the directory wins over the UPN, because a PC
    /// that is not in Entra ID knows no UPN.
    pub(super) fn windows_user(
        &self,
        accounts: &PersonAccounts,
        names: UserNames,
    ) -> Result<WindowsUser, UserFault> {
        let address = &accounts.first.address;
        match names {
            UserNames::Address => return WindowsUser::of(address.as_str()),
            UserNames::LocalPart => return WindowsUser::of(address.local_part()),
            UserNames::Column => {}
        }
        let directories = || self.sound().filter_map(|(person, _)| person.directory.as_deref());
        let is_unreadable = |it: &Directory| {
            it.user == Entry::Unreadable || it.user.value().is_none() && it.upn == Entry::Unreadable
        };
        if directories().any(is_unreadable) {
            return Err(UserFault::Unreadable);
        }
        let users: Vec<&str> =
            directories().filter_map(|it| Some(it.user.value()?.as_str())).collect();
        let users = if users.is_empty() {
            directories().filter_map(|it| Some(it.upn.value()?.as_str())).collect()
        } else {
            users
        };
        let mut users = users.into_iter().map(WindowsUser::of);
        let mut found = users.next().ok_or(UserFault::Missing)??;
        for user in users {
            let user = user?;
            if user.folded() != found.folded() {
                let (first, second) = (found.to_string(), user.to_string());
                return Err(UserFault::Several { first, second });
            }
            // the same spelling for any order of rows
            if user.as_str() < found.as_str() {
                found = user;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::people::People;
    use crate::pipeline::rows::RowState;
    use crate::pipeline::tests::job;

    /// What becomes of each row of a list: its Windows user, or the first fault.
    fn found(list: &str, names: UserNames) -> Vec<String> {
        let windows_users = Some(WindowsUsers { names, missing: WithoutUser::Refused });
        let job = Job { windows_users, ..job(list) };
        let mut people = People::open(&job).unwrap();
        let mut found = Vec::new();
        while let Some(person) = people.next().unwrap() {
            for row in &person.rows {
                found.push(match &row.state {
                    RowState::Refused(faults) => faults[0].to_string(),
                    _ => person
                        .windows_user(&person.accounts().unwrap(), names)
                        .map_or_else(|fault| fault.to_string(), |user| user.to_string()),
                });
            }
        }
        found
    }

    #[test]
    fn the_column_names_the_user_or_else_the_upn() {
        let list = "email,directory_user,directory_upn,platform\n\
            ada@q.com,CORP\\ada,ada@corp.example,windows\n\
            bob@q.com,,bob@corp.example,windows\n\
            eve@q.com,,,windows\n\
            dan@q.com,CORP/dan,,windows\n\
            kit@q.com,=1+1,kit@corp.example,windows\n";
        assert_eq!(
            found(list, UserNames::Column),
            [
                "CORP\\ada",
                "bob@corp.example",
                "the list does not say who this person is in Windows",
                "`CORP/dan` is not the name of a Windows user: no Windows user has such a character",
                "the cell with the Windows user holds no name"
            ]
        );
        assert_eq!(found(list, UserNames::Address)[2], "eve@q.com");
        assert_eq!(found(list, UserNames::LocalPart)[3], "dan");
    }

    #[test]
    fn rows_of_one_person_name_one_user() {
        let list = "email,name,id,directory_user\n\
            a@q.com,Ada,7,\n\
            b@q.com,Ada,7,CORP\\ada\n\
            c@q.com,Bob,8,bob\n\
            d@q.com,Bob,8,PC\\bob\n\
            e@q.com,Eve,9,eve\n\
            f@q.com,Eve,9,EVE\n";
        let two = "the person's rows name two Windows users, `bob` and `PC\\bob`";
        assert_eq!(
            found(list, UserNames::Column),
            ["CORP\\ada", "CORP\\ada", two, two, "EVE", "EVE"]
        );
    }

    #[test]
    fn people_without_windows_need_no_user() {
        let list = "email,platform,directory_user\nada@q.com,iphone,\n";
        assert_eq!(
            found(list, UserNames::Column),
            ["the list does not say who this person is in Windows"],
            "asked, and not refused"
        );
        let (names, missing) = (UserNames::Column, WithoutUser::Refused);
        let job = Job { windows_users: Some(WindowsUsers { names, missing }), ..job(list) };
        let person = People::open(&job).unwrap().next().unwrap().unwrap();
        assert!(person.sound().next().is_some());
    }

    #[test]
    fn nobody_is_refused_where_people_without_a_user_are_left_out() {
        let list = "email,platform,directory_user\nada@q.com,windows,\n";
        let (names, missing) = (UserNames::Column, WithoutUser::LeftOut);
        let job = Job { windows_users: Some(WindowsUsers { names, missing }), ..job(list) };
        let person = People::open(&job).unwrap().next().unwrap().unwrap();
        assert!(person.sound().next().is_some());
    }
}
