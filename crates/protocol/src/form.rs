//! Parameters of `application/x-www-form-urlencoded` bodies and query strings.

/// Parameters in the order in which they came, each name once.
///
/// RFC 6749 section 3.2: a parameter must not come twice, and one without a value counts as
/// omitted. Bytes that are not UTF-8 become U+FFFD, as the URL Standard has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    parameters: Vec<(String, String)>,
}

/// A parameter came more than once (RFC 6749 section 3.2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the parameter `{0}` is given more than once")]
pub struct RepeatedParameter(pub String);

impl Form {
    /// Reads an encoded body or a query string without its question mark.
    ///
    /// # Errors
    /// [`RepeatedParameter`] names the first one that came again.
    pub fn parse(encoded: &[u8]) -> Result<Self, RepeatedParameter> {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(encoded) {
            if form.parameters.iter().any(|(known, _)| *known == name) {
                return Err(RepeatedParameter(name.into_owned()));
            }
            form.parameters.push((name.into_owned(), value.into_owned()));
        }
        Ok(form)
    }

    /// The value of a parameter; `None` when it is missing or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.parameters.iter().find(|(known, _)| known == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// The parameters encoded, ready for a body or a query string.
    pub fn render(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.parameters).finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Form {
    /// A form of names and values; of a name that comes again, the first value stays.
    fn from_iter<I: IntoIterator<Item = (N, V)>>(parameters: I) -> Self {
        let mut form = Self::default();
        for (name, value) in parameters {
            let name = name.into();
            if !form.parameters.iter().any(|(known, _)| *known == name) {
                form.parameters.push((name, value.into()));
            }
        }
        form
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_parameter_without_a_value_counts_as_omitted() {
        let form = Form::parse(b"grant_type=&scope").unwrap();

        assert_eq!((form.get("grant_type"), form.get("scope")), (None, None));
    }

    #[test]
    fn plus_and_percent_are_decoded() {
        let form = Form::parse(b"a=1+2&b=%C3%A9&c=%zz").unwrap();

        assert_eq!(form.get("a"), Some("1 2"));
        assert_eq!(form.get("b"), Some("é"));
        assert_eq!(form.get("c"), Some("%zz"));
    }

    #[test]
    fn a_repeated_parameter_is_refused_even_when_the_values_agree() {
        for given in ["a=1&a=1", "a=1&b=2&%61=3", "a=&a="] {
            let error = Form::parse(given.as_bytes()).unwrap_err();

            assert_eq!(error, RepeatedParameter("a".into()), "given {given}");
        }
    }

    proptest! {
        #[test]
        fn what_is_rendered_is_read_back(parameters: BTreeMap<String, String>) {
            let form: Form = parameters.into_iter().collect();

            prop_assert_eq!(Form::parse(form.render().as_bytes()), Ok(form));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = Form::parse(&bytes);
        }
    }
}
