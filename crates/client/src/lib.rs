//! The facade that phone and desk applications use: operations and sync.
