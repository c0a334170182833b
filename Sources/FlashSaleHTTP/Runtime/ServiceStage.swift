// Whether the service takes requests, or is about to end.

internal import Synchronization

/// How far a shutdown has come. The listeners share it.
final class ServiceStage: Sendable {
    enum Stage: UInt8, Comparable {
        case serving
        /// Readiness is off and every answer closes its connection, but requests are still served.
        case draining
        /// The API takes no more connections, and those that wait for a request close.
        case shutting
        /// The API's last connection has ended. Requests for operations are refused, probes are not.
        case closing

        static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    private let value = Atomic<UInt8>(Stage.serving.rawValue)

    var stage: Stage { Stage(rawValue: value.load(ordering: .acquiring)) ?? .closing }

    func enter(_ stage: Stage) { value.store(stage.rawValue, ordering: .releasing) }
}
