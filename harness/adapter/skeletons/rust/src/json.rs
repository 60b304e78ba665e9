//! JSON, as much of it as the protocol needs; numbers stay text, so that 64 bits survive.

use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    Array(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// The field of an object; null if it is not there.
    pub fn get(&self, field: &str) -> &Json {
        match self {
            Json::Object(fields) => fields.get(field).unwrap_or(&Json::Null),
            _ => &Json::Null,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn array(&self) -> &[Json] {
        match self {
            Json::Array(items) => items,
            _ => &[],
        }
    }

    pub fn integer(&self) -> Option<i64> {
        match self {
            Json::Number(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    pub fn truth(&self) -> bool {
        *self == Json::Bool(true)
    }
}

/// A text in quotation marks.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            '\0'..='\x1f' => quoted.push_str(&format!("\\u{:04x}", char as u32)),
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

/// Reads one value that is the whole of the text.
pub fn parse(text: &str) -> Result<Json, String> {
    let mut parser = Parser {
        bytes: text.as_bytes(),
        at: 0,
    };
    let value = parser.value(0)?;
    parser.space();
    match parser.bytes.get(parser.at) {
        None => Ok(value),
        Some(_) => Err(parser.unexpected()),
    }
}

const DEEPEST: usize = 64;

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn unexpected(&self) -> String {
        match self.bytes.get(self.at) {
            Some(byte) => format!("not JSON: unexpected {:?} at {}", *byte as char, self.at),
            None => String::from("not JSON: it ends too early"),
        }
    }

    fn space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.bytes[self.at..].starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        self.space();
        if self.accept(word) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, String> {
        self.space();
        match self.bytes.get(self.at) {
            _ if depth > DEEPEST => Err(String::from("not of the protocol: nested too deeply")),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => Ok(self.number()),
            _ if self.accept("null") => Ok(Json::Null),
            _ if self.accept("true") => Ok(Json::Bool(true)),
            _ if self.accept("false") => Ok(Json::Bool(false)),
            _ => Err(self.unexpected()),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, String> {
        let mut fields = BTreeMap::new();
        self.expect("{")?;
        self.space();
        if self.accept("}") {
            return Ok(Json::Object(fields));
        }
        loop {
            self.space();
            let name = self.string()?;
            self.expect(":")?;
            fields.insert(name, self.value(depth + 1)?);
            self.space();
            if !self.accept(",") {
                self.expect("}")?;
                return Ok(Json::Object(fields));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, String> {
        let mut items = Vec::new();
        self.expect("[")?;
        self.space();
        if self.accept("]") {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if !self.accept(",") {
                self.expect("]")?;
                return Ok(Json::Array(items));
            }
        }
    }

    fn number(&mut self) -> Json {
        let start = self.at;
        while matches!(
            self.bytes.get(self.at),
            Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')
        ) {
            self.at += 1;
        }
        Json::Number(String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned())
    }

    fn string(&mut self) -> Result<String, String> {
        self.expect("\"")?;
        let mut text = Vec::new();
        loop {
            match self.bytes.get(self.at) {
                None | Some(0..=0x1f) => return Err(self.unexpected()),
                Some(b'"') => break,
                Some(b'\\') => {
                    self.at += 1;
                    let mut place = [0; 4];
                    text.extend(self.escaped()?.encode_utf8(&mut place).bytes());
                }
                Some(byte) => {
                    text.push(*byte);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        String::from_utf8(text).map_err(|error| error.to_string())
    }

    /// What follows a backslash.
    fn escaped(&mut self) -> Result<char, String> {
        let byte = *self.bytes.get(self.at).ok_or_else(|| self.unexpected())?;
        self.at += 1;
        match byte {
            b'"' | b'\\' | b'/' => Ok(byte as char),
            b'b' => Ok('\x08'),
            b'f' => Ok('\x0c'),
            b'n' => Ok('\n'),
            b'r' => Ok('\r'),
            b't' => Ok('\t'),
            b'u' => {
                let high = self.unit()?;
                let code = if (0xd800..0xdc00).contains(&high) && self.accept("\\u") {
                    let low = self.unit()?;
                    0x10000 + ((high - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff)
                } else {
                    high
                };
                char::from_u32(code).ok_or_else(|| String::from("not JSON: half a character"))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn unit(&mut self) -> Result<u32, String> {
        let digits = self
            .bytes
            .get(self.at..self.at + 4)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        self.at += 4;
        digits
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or_else(|| String::from("not JSON: four digits have to follow \\u"))
    }
}
