// A task in the list of the goroutine page.

/// A task that has begun and not ended, running or waiting.
public struct LiveTask: Hashable, Sendable {
    /// Its work: a request's handler, or the name of a loop.
    public let name: String
    public let age: Duration

    public init(name: String, age: Duration) {
        self.name = name
        self.age = age
    }
}
