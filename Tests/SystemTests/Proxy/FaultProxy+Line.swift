// One connection through a proxy: two ways, and the effect of the proxy's fault on them.

import Glibc
import NIOCore

extension FaultProxy {
    /// A client's connection and its connection to the server; used only on the event loop.
    final class Line {
        /// Bytes on their way, in order.
        private struct Way {
            var queue: [(bytes: ByteBuffer, readAt: NIODeadline, share: Double)] = []
            var isEnded = false
            /// A task will continue it.
            var isWaiting = false
        }

        private static let tricklePause = TimeAmount.seconds(1)

        private let client: any NIOCore.Channel
        private let server: any NIOCore.Channel
        private let wiring: Wiring
        private var ways: [Direction: Way] = [.there: Way(), .back: Way()]
        private var isReplyDropped = false

        init(client: any NIOCore.Channel, server: any NIOCore.Channel, wiring: Wiring) {
            self.client = client
            self.server = server
            self.wiring = wiring
        }

        func read(_ bytes: ByteBuffer, _ direction: Direction) {
            switch (wiring.fault, direction) {
            case (_, .back) where isReplyDropped:
                cut()
                return
            case (.dropReply(let text), .there) where bytes.contains(text):
                isReplyDropped = true
                wiring.strike()
            case (.cut(let text), .there) where bytes.contains(text):
                wiring.strike()
                // In order to the server, which gets all bytes; the client gets none.
                server.writeAndFlush(bytes, promise: nil)
                cut()
                return
            case (.answer(let text), .there):
                // To the client, an answer for each command in the bytes: each command begins a line with "*".
                client.writeAndFlush(ByteBuffer(string: String(repeating: text, count: bytes.commands)), promise: nil)
                return
            default: break
            }
            ways[direction]?.queue.append((bytes, .now(), .random(in: 0...1)))
            goOn(direction)
        }

        /// One side has closed: its sent bytes still arrive, then the other side is closed too.
        func end(_ direction: Direction) {
            ways[direction]?.isEnded = true
            goOn(direction)
        }

        func goOn() {
            goOn(.there)
            goOn(.back)
        }

        /// Resets the client's side and ends the server's.
        func cut() {
            ways = [.there: Way(), .back: Way()]
            if let socket = client as? any SocketOptionProvider {
                socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { [client] _ in
                    client.close(promise: nil)
                }
            }
            server.close(promise: nil)
        }

        private func goOn(_ direction: Direction) {
            guard var way = ways[direction], !way.isWaiting, !isOut(direction) else { return }
            let destination = direction == .there ? server : client
            while let (read, readAt, share) = way.queue.first {
                var bytes = read
                let due = readAt + .nanoseconds(delay(share).wholeNanoseconds)
                if due > .now() {
                    way.isWaiting = true
                    ways[direction] = way
                    goOn(direction, at: due)
                    return
                }
                guard wiring.fault == .trickle, let byte = bytes.readSlice(length: 1) else {
                    destination.writeAndFlush(bytes, promise: nil)
                    way.queue.removeFirst()
                    continue
                }
                destination.writeAndFlush(byte, promise: nil)
                if bytes.readableBytes > 0 { way.queue[0].bytes = bytes } else { way.queue.removeFirst() }
                way.isWaiting = true
                ways[direction] = way
                goOn(direction, at: .now() + Self.tricklePause)
                return
            }
            ways[direction] = way
            if way.isEnded { destination.close(promise: nil) }
        }

        /// How long bytes that drew a share of the jitter are kept.
        private func delay(_ share: Double) -> Duration {
            switch wiring.fault {
            case .delay(let delay): delay
            case .jitter(let most): most * share
            default: .zero
            }
        }

        private func isOut(_ direction: Direction) -> Bool {
            wiring.fault == .halfOpen || (wiring.fault == .mute && direction == .back)
        }

        private func goOn(_ direction: Direction, at time: NIODeadline) {
            client.eventLoop.assumeIsolated().scheduleTask(deadline: time) {
                self.ways[direction]?.isWaiting = false
                self.goOn(direction)
            }
        }
    }
}

extension ByteBuffer {
    fileprivate func contains(_ text: String) -> Bool {
        readableBytesView.firstRange(of: Array(text.utf8)) != nil
    }

    /// How many commands to a Redis begin in it.
    fileprivate var commands: Int {
        var isAtStart = true
        return readableBytesView.count { byte in
            defer { isAtStart = byte == UInt8(ascii: "\n") }
            return isAtStart && byte == UInt8(ascii: "*")
        }
    }
}

extension Duration {
    fileprivate var wholeNanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
