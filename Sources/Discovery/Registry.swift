// Where instances find one another: a file, tables of the ledger, etcd, or ZooKeeper.
//
// Trust rule: nothing that buyers are told rests on it. A registry that is away, slow or wrong leaves what is known as
// it is.

/// A list of the instances that are there. Every call ends within ``RegistryLimits/call``, or throws.
public protocol Registry: Sendable {
    /// Says that an instance is there, for ``RegistryLimits/silence`` from now. One that is known replaces what it said
    /// before.
    func beat(_ instance: Instance) async throws(RegistryFailure)

    /// Those that are there, in no order. What is written there and is no instance is left out.
    func instances() async throws(RegistryFailure) -> [Instance]

    /// Says that an instance is there no more. One that is not known changes nothing.
    func leave(_ instance: Instance) async throws(RegistryFailure)
}

/// What is bounded for every registry.
public enum RegistryLimits {
    /// How often an instance beats.
    public static let beat = Duration.seconds(1)
    /// An instance that has not beaten for so long is gone.
    public static let silence = Duration.seconds(5)
    /// How long a call may take.
    public static let call = Duration.seconds(1)
    /// The instances of a list at most; more are left out.
    public static let instances = 4_096
    /// Of what a registry answers.
    public static let answerBytes = 8 * 1_024 * 1_024
}

/// A registry did not do what it was asked, and why.
public struct RegistryFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
