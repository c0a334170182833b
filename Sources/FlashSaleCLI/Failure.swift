// How a command fails.

/// Ends a command with a sentence on standard error and exit code 1.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
