// A pod besides home, which may be away.

public import FlashSale
internal import Synchronization

/// A pod by its number, and its flows while it is there.
public final class RemotePod: Sendable {
    public let id: PodID
    private let state = Mutex<PodFlows?>(nil)

    public init(_ id: PodID) {
        self.id = id
    }

    /// Nil while its ledger does not answer, or is not the pod's: then its sales are refused, and no others.
    public var flows: PodFlows? { state.withLock(\.self) }

    public func open(_ flows: PodFlows) { state.withLock { $0 = flows } }

    public func close() { state.withLock { $0 = nil } }
}
