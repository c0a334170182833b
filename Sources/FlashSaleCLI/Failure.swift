// How a command fails.

/// Ends a command with a sentence on standard error and exit code 1.
struct Failure: Error, CustomStringConvertible {
    let description: String
    /// The flag that nothing takes, if that is why.
    var unknownFlag: String?

    init(_ description: String) {
        self.description = description
    }
}
