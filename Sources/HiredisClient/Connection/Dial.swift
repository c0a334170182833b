// The ends of the middleware chain besides `Wire`: the opening of a connection, and the lack of one.

internal import NIOCore
internal import Synchronization
internal import Telemetry

extension Wire: CommandSink {}

/// Opens a socket for the `dial` command and keeps it for its caller.
final class Dial: CommandSink {
    private let address: RedisConfiguration.Address
    private let tls: TLSContext?
    private let timeout: Duration
    private let configuration: RedisConfiguration
    private let observer: (any RedisObserver)?
    private let eventLoop: any EventLoop
    private let opened = Mutex<Wire?>(nil)

    init(
        to address: RedisConfiguration.Address, under tls: TLSContext?, within timeout: Duration,
        _ configuration: RedisConfiguration, _ observer: (any RedisObserver)?, on eventLoop: any EventLoop
    ) {
        self.address = address
        self.tls = tls
        self.timeout = timeout
        self.configuration = configuration
        self.observer = observer
        self.eventLoop = eventLoop
    }

    /// The opened connection; nil if it failed.
    var wire: Wire? { opened.withLock { $0 } }

    func transmit(_ command: RedisCommand) async -> RedisOutcome {
        let start = MonotonicTime.now
        do throws(RedisError) {
            let wire = try await Wire.connect(
                to: address, under: tls, within: timeout, configuration, observer, on: eventLoop)
            opened.withLock { $0 = wire }
            return RedisOutcome(
                result: .success(.status("OK")), socketTime: MonotonicTime.now.nanoseconds(since: start))
        } catch {
            return RedisOutcome(result: .failure(error), socketTime: MonotonicTime.now.nanoseconds(since: start))
        }
    }
}

/// Fails a call for which there is no connection, so that the chain sees it.
struct NoConnection: CommandSink {
    let reason: RedisError

    func transmit(_ command: RedisCommand) async -> RedisOutcome {
        RedisOutcome(result: .failure(reason))
    }
}

extension RedisCommand {
    /// Opening a connection, as the chain sees it. Nothing of it goes over the wire.
    static let dial = RedisCommand(.dial, script: nil, payload: ByteBuffer())
}
