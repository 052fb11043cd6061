use super::*;

fn mapping(headers: &[&str], maps: &[&str]) -> Result<Mapping, ColumnError> {
    let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
    let maps: Vec<Map> = maps.iter().map(|m| m.parse().unwrap()).collect();
    Mapping::of(&headers, &maps)
}

#[test]
fn known_headers_are_found_in_any_spelling_and_order() {
    let found = mapping(&["Prénom", "Nachname", "E-Mail Adresse", "Passwort"], &[]).unwrap();
    assert_eq!(
        found.to_string(),
        "email from `E-Mail Adresse`, first_name from `Prénom`, last_name from `Nachname`, password from `Passwort`"
    );
}

#[test]
fn a_part_of_a_header_is_no_match() {
    for headers in [
        &["Recovery Email", "Manager Email", "Password Policy", "Name"][..],
        &["Email (privat)", "Name"],
        &["Name", "Reports To Email"],
    ] {
        assert!(matches!(mapping(headers, &[]), Err(ColumnError::NoEmail { .. })));
    }
}

#[test]
fn a_generic_login_is_shown_and_not_used() {
    let found = mapping(&["email", "Username", "login"], &[]).unwrap();
    assert_eq!(found.column(Field::Login), None);
    assert_eq!(found.informational().collect::<Vec<_>>(), ["Username", "login"]);
    let found = mapping(&["email", "Username"], &["login=username"]).unwrap();
    assert_eq!(found.column(Field::Login), Some(1));
    assert_eq!(found.informational().count(), 0);
}

#[test]
fn two_columns_for_one_field_are_an_error_that_names_both() {
    let error = mapping(&["Email", "Name", "Mail"], &[]).unwrap_err();
    assert_eq!(error.to_string(), "two columns could be email: `Email` and `Mail`");
    assert!(mapping(&["Email", "Name", "Mail"], &["email=Mail"]).is_ok());
    assert!(mapping(&["Email", "Password", "Mail Password", "pwd"], &[]).is_ok());
    assert!(mapping(&["Email", "imap host", "IMAP Server"], &[]).is_err());
}

#[test]
fn a_column_may_be_the_fallback_of_another() {
    let found = mapping(&["userPrincipalName", "mail"], &[]).unwrap();
    assert_eq!((found.column(Field::Email), found.fallbacks()), (Some(1), &[0][..]));
    assert_eq!(found.to_string(), "email from `mail` or else `userPrincipalName`");
    let found = mapping(&["UPN", "Name"], &[]).unwrap();
    assert_eq!((found.column(Field::Email), found.fallbacks()), (Some(0), &[][..]));
    let found = mapping(&["User Name", "Name"], &[]).unwrap();
    assert!(found.email_is_last_resort());
    assert!(!mapping(&["User Name", "Mail"], &[]).unwrap().email_is_last_resort());
}

#[test]
fn a_word_may_mean_another_thing_beside_another() {
    let found = mapping(&["Nom", "Prénom", "Email"], &[]).unwrap();
    assert_eq!(found.column(Field::LastName), Some(0));
    assert_eq!(found.column(Field::DisplayName), None);
    let found = mapping(&["Vorname", "Name", "E-Mail"], &[]).unwrap();
    assert_eq!(found.column(Field::LastName), Some(1));
    let found = mapping(&["Given Name", "Name", "Email", "SN"], &[]).unwrap();
    assert_eq!(
        (found.column(Field::DisplayName), found.column(Field::LastName)),
        (Some(1), Some(3))
    );
    let found = mapping(&["First Name", "SN", "Email"], &[]).unwrap();
    assert_eq!(found.column(Field::LastName), None);
    let found = mapping(&["Nom", "Email"], &[]).unwrap();
    assert_eq!(found.column(Field::DisplayName), Some(0));
    let found = mapping(&["Serial Number", "Display Name", "Email"], &[]).unwrap();
    assert_eq!(found.column(Field::DisplayName), None);
}

#[test]
fn every_column_that_tells_who_is_gone_counts() {
    let found = mapping(&["status", "enabledUser", "Block credential", "mail"], &[]).unwrap();
    let yes: Vec<YesMeans> = found.statuses().iter().map(|column| column.yes).collect();
    assert_eq!(yes, [YesMeans::Here, YesMeans::Here, YesMeans::Gone]);
    let found = mapping(&["status", "mail"], &["status=-"]).unwrap();
    assert!(found.statuses().is_empty());
    let found = mapping(&["Blocked?", "mail"], &["status=#1"]).unwrap();
    assert_eq!(found.statuses().len(), 1);
}

#[test]
fn a_column_is_named_by_header_or_by_number() {
    for map in ["email=Where", "email=where", "email=#2"] {
        assert_eq!(mapping(&["x", "Where"], &[map]).unwrap().column(Field::Email), Some(1));
    }
    for map in ["email=#3", "email=#0", "email=#x", "email=y"] {
        let error = mapping(&["x", "Where"], &[map]).unwrap_err();
        assert!(matches!(error, ColumnError::MapWithoutColumn { .. }), "{map}");
    }
    let twice = mapping(&["x", "y"], &["email=x", "email=y"]).unwrap_err();
    assert_eq!(twice.to_string(), "--map names email twice");
    let same = mapping(&["x", "y"], &["email=x", "display_name=#2", "client=y"]).unwrap_err();
    assert_eq!(same.to_string(), "--map client=y: that column is display_name already");
    let secret = mapping(&["x", "Mail Password"], &["display_name=#2", "email=x"]).unwrap_err();
    assert!(matches!(secret, ColumnError::MapToPassword { .. }));
}

#[test]
fn every_field_is_a_header_by_its_own_name() {
    for field in Field::ALL {
        let headers = if field == Field::Email { vec!["email"] } else { vec!["email", field.id()] };
        let found = mapping(&headers, &[]).unwrap();
        assert_eq!(found.column(field), Some(headers.len() - 1), "{}", field.id());
        assert_eq!(found.unused().count(), 0, "{}", field.id());
    }
    for key in Target::settings() {
        let found = mapping(&["email", &key.to_string()], &[]).unwrap();
        assert_eq!(found.settings(), [(key, 1)], "{key}");
    }
}

#[test]
fn login_is_the_mail_login_in_a_list_made_for_this_program_only() {
    let login = |headers: &[&str]| mapping(headers, &[]).unwrap().column(Field::Login);
    assert_eq!(login(&["email", "first_name", "imap.host", "login"]), Some(3));
    assert_eq!(login(&["login", "firstName", "lastName", "email", "secondEmail", "status"]), None);
    assert_eq!(login(&["email", "Login"]), None);
    assert_eq!(login(&["email", "login", "notes"]), None);
    // without a better column it is the address
    let found = mapping(&["login", "first_name"], &[]).unwrap();
    assert_eq!((found.column(Field::Email), found.column(Field::Login)), (Some(0), None));
}

#[test]
fn columns_that_are_not_used_are_listed_without_passwords() {
    let headers = ["email", "Recovery Email", "Shoe size", "", "Username", "Wifi password", "UPN"];
    let found = mapping(&headers, &[]).unwrap();
    assert_eq!(found.unused().collect::<Vec<_>>(), ["Recovery Email", "Shoe size", "Username"]);
    let list = "email,-,-".parse().unwrap();
    assert_eq!(Mapping::listed(&list).unwrap().unused().count(), 0);
}
