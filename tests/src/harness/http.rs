//! Raw HTTP/1.1, for requests that no client of ours would send.

use std::{
    io::{self, BufRead, BufReader, Write},
    net::TcpStream,
    time::Duration,
};

/// Longest wait for a relay's answer.
const LONGEST: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
}

/// Sends one request to a port of this computer.
pub fn request(port: u16, method: &str, path: &str, authorization: Option<&str>, body: &[u8]) -> Got {
    let mut head =
        format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-length: {}\r\n", body.len());
    if let Some(value) = authorization {
        head += &format!("authorization: {value}\r\n");
    }
    head += "content-type: application/cbor\r\n\r\n";
    let answer = exchange(port, &[head.as_bytes(), body].concat()).expect("the relay answers");
    let status = std::str::from_utf8(&answer.head).unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    Got { status, body: answer.body }
}

/// Head (with its empty line) and body of one message.
#[derive(Debug)]
pub(super) struct Message {
    pub head: Vec<u8>,
    pub body: Vec<u8>,
}

/// Sends raw bytes on a connection of its own and reads one answer.
pub(super) fn exchange(port: u16, bytes: &[u8]) -> io::Result<Message> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(LONGEST))?;
    stream.write_all(bytes)?;
    read_message(&mut BufReader::new(stream))?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Reads one message with a `content-length` (or none, then no body); `None` at the end of the stream.
pub(super) fn read_message(stream: &mut impl BufRead) -> io::Result<Option<Message>> {
    let mut head = Vec::new();
    let mut length = 0;
    loop {
        let start = head.len();
        if stream.read_until(b'\n', &mut head)? == 0 {
            return if head.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        let line = String::from_utf8_lossy(&head[start..]).to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(|_| io::ErrorKind::InvalidData)?;
        }
        assert!(!line.starts_with("transfer-encoding:"), "the relay sends whole bodies");
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Some(Message { head, body }))
}
