//! The people whose nights are followed, by dice that fall the same for the same seed.

/// Numbers that look random (xorshift64*), the same for the same seed.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % most
    }
}

/// A person. About every third has no id and is known by the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) id: Option<String>,
    pub(super) address: String,
    pub(super) name: String,
    pub(super) department: String,
    pub(super) language: &'static str,
}

impl Person {
    pub(super) fn new(number: usize) -> Self {
        Self {
            id: (!number.is_multiple_of(3)).then(|| format!("E{number}")),
            address: format!("p{number}@centurylink.net"),
            name: format!("Person {number}"),
            department: format!("Team {}", number % 4),
            language: "en",
        }
    }
}

/// The people of one night, and those who left and may return.
#[derive(Clone, Default)]
pub(super) struct Company {
    pub(super) staff: Vec<Person>,
    pub(super) gone: Vec<Person>,
    /// How many people there have ever been.
    pub(super) joined: usize,
    /// Whether the list has the column of ids.
    pub(super) has_ids: bool,
}

impl Company {
    pub(super) fn join(&mut self) {
        self.staff.push(Person::new(self.joined));
        self.joined += 1;
    }

    pub(super) fn key<'a>(&self, person: &'a Person) -> &'a str {
        person.id.as_ref().filter(|_| self.has_ids).unwrap_or(&person.address)
    }

    /// What happens in a day.
    pub(super) fn day(&mut self, dice: &mut Dice) {
        for _ in 0..dice.below(4) {
            let at = dice.below(self.staff.len());
            self.gone.push(self.staff.remove(at));
        }
        for _ in 0..dice.below(3) {
            if self.gone.len() > 3 {
                let at = dice.below(self.gone.len());
                self.staff.push(self.gone.remove(at));
            }
        }
        for _ in 0..dice.below(4) {
            self.join();
        }
        for _ in 0..dice.below(4) {
            let at = dice.below(self.staff.len());
            let new = dice.below(1_000_000);
            match (dice.below(4), &mut self.staff[at]) {
                (0, Person { id: Some(_), address, .. }) => {
                    *address = format!("r{new}@centurylink.net");
                }
                (1, Person { department, .. }) => *department = format!("Team {}", new % 4),
                (2, Person { language, .. }) => *language = ["en", "de", "fr", "es"][new % 4],
                (_, Person { name, .. }) => *name = format!("Renamed {new}"),
            }
        }
        if dice.below(3) == 0 {
            let middle = dice.below(self.staff.len());
            self.staff.rotate_left(middle);
        }
    }

    /// The list of `people`, and of `leavers` as such; at the places `refused` the name is not valid.
    pub(super) fn list(&self, people: &[Person], leavers: &[Person], refused: &[usize]) -> String {
        let id = |person: &Person| match (self.has_ids, &person.id) {
            (false, _) => String::new(),
            (true, id) => format!(",{}", id.as_deref().unwrap_or_default()),
        };
        let mut list = format!(
            "email,name,department,language,status{}\n",
            if self.has_ids { ",id" } else { "" }
        );
        let rows = people.iter().map(|person| (person, "active"));
        for (at, (person, status)) in rows.chain(leavers.iter().map(|it| (it, "left"))).enumerate()
        {
            let Person { address, name, department, language, .. } = person;
            let name = if refused.contains(&at) { "\u{7}" } else { name };
            let id = id(person);
            list.push_str(&format!("{address},{name},{department},{language},{status}{id}\n"));
        }
        list
    }
}
