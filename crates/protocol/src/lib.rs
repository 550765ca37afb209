//! Wire types and error codes shared by client and relay.
