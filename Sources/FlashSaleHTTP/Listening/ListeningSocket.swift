// Closes a listening socket without a failed connection. When such a socket is closed, Linux resets the connections
// that the process has not accepted yet, although nobody refused them. So the socket first takes no further
// connections, then the process accepts those that are made, and only then it closes the socket. The kernel of a client
// that came meanwhile tries again a second later, and is refused.

internal import Glibc
internal import NIOCore
internal import NIOPosix

struct ListeningSocket {
    private let channel: any Channel
    private let options: any SocketOptionProvider

    /// - Parameter channel: a TCP socket that listens; nil comes of any other kind of channel.
    init?(_ channel: any Channel) {
        guard let options = channel as? any SocketOptionProvider else { return nil }
        self.channel = channel
        self.options = options
    }

    /// How many connections the kernel has made that the process has not accepted.
    var waiting: Int {
        get async throws {
            let info: tcp_info = try await options.unsafeGetSocketOption(
                level: .init(IPPROTO_TCP), name: .init(TCP_INFO)
            ).get()
            // Of a socket that listens, this field is the length of its queue.
            return Int(info.tcpi_unacked)
        }
    }

    /// Has the kernel drop every packet that asks for a connection. What is half connected may still become whole, and
    /// goes by the same filter for the rest of its life.
    func turnAwayNewcomers() async throws {
        try await channel.eventLoop.flatSubmit { [options] in
            // The kernel copies it before this returns, for we are on the socket's event loop.
            PacketFilter.Instruction.dropRequestsToConnect.withUnsafeBufferPointer { instructions in
                options.unsafeSetSocketOption(
                    level: .init(SOL_SOCKET), name: .init(SO_ATTACH_FILTER), value: PacketFilter(instructions))
            }
        }.get()
    }

    /// Waits until nothing has been waiting for two looks in a row: by then an event loop has also set up what it
    /// accepted last, and who was half connected has had time for the rest.
    ///
    /// - Parameter patience: how long it waits for an event loop that does not come round to accepting.
    func drain(patience: Duration = .seconds(2)) async throws {
        let end = ContinuousClock.now + patience
        var calmLooks = 0
        while calmLooks < 2, ContinuousClock.now < end {
            try await Task.sleep(for: Self.look)
            calmLooks = try await waiting == 0 ? calmLooks + 1 : 0
        }
    }

    private static let look = Duration.milliseconds(50)

    /// `struct sock_fprog` of linux/filter.h.
    private struct PacketFilter {
        /// `struct sock_filter`: a step of the program, which sees a packet from its TCP header on.
        struct Instruction {
            let code: UInt16
            var ifTrue: UInt8 = 0
            var ifFalse: UInt8 = 0
            let operand: UInt32

            static let dropRequestsToConnect = [
                // Load the byte of the flags, look for SYN; keep nothing of the packet, or all.
                Instruction(code: 0x30, operand: 13),
                Instruction(code: 0x45, ifFalse: 1, operand: 0x02),
                Instruction(code: 0x06, operand: 0),
                Instruction(code: 0x06, operand: .max),
            ]
        }

        let count: UInt16
        let address: UInt

        init(_ program: UnsafeBufferPointer<Instruction>) {
            count = UInt16(program.count)
            address = UInt(bitPattern: program.baseAddress)
        }
    }
}
