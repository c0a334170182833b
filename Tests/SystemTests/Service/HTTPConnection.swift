// The tests' own HTTP/1.1 client: one keep-alive connection over a blocking socket. It shares nothing with the server,
// so that a mistake in the framing of bytes cannot hide on both sides.
//
// It blocks, so only the threads of ``Crowd`` use it.

import Glibc

/// Why an exchange has no answer.
enum HTTPFailure: Error {
    /// The port has no listener.
    case refused
    /// The server closed the connection before the first byte of an answer.
    case closed
    /// The connection ended, or fell silent, within an answer.
    case broken(String)
}

final class HTTPConnection {
    /// Longer than any request may take: a longer wait means that the server hangs.
    private static let patienceSeconds = 15

    let port: Int
    private var descriptor: Int32 = -1
    private var received: [UInt8] = []
    /// Whether an answer has come over the connection that is open now.
    private(set) var isReused = false

    init(port: Int) {
        self.port = port
    }

    deinit { close() }

    /// Sends a request and waits for its answer; connects first where no connection is open.
    func send(
        _ method: String, _ target: String, fields: [(String, String)] = [], body: [UInt8]? = nil
    ) throws(HTTPFailure) -> HTTPAnswer {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        return try send(bytes: Array((head + "\r\n").utf8) + (body ?? []), isHead: method == "HEAD")
    }

    /// Sends a request again while it is shed, as a slow machine sheds some of a crowd: then nothing was done.
    func sendUntilLetIn(_ method: String, _ target: String) throws(HTTPFailure) -> HTTPAnswer {
        var answer = try send(method, target)
        for _ in 0..<20 where answer.reason == "overloaded" { answer = try send(method, target) }
        return answer
    }

    /// Sends raw bytes and waits for one answer.
    func send(bytes: [UInt8], isHead: Bool = false) throws(HTTPFailure) -> HTTPAnswer {
        if descriptor < 0 { try connect() }
        do {
            try write(bytes)
            let answer = try read(isHead: isHead)
            isReused = true
            if answer["Connection"]?.lowercased() == "close" { close() }
            return answer
        } catch {
            close()
            throw error
        }
    }

    func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
        received = []
        isReused = false
    }

    private func connect() throws(HTTPFailure) {
        guard let open = loopbackSocket(port: port, patienceSeconds: Self.patienceSeconds) else { throw .refused }
        descriptor = open
    }

    private func write(_ bytes: [UInt8]) throws(HTTPFailure) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            // A server that refuses a request before its end may close while we still write: its answer is there.
            guard count > 0 else { return }
            sent += count
        }
    }

    private func read(isHead: Bool) throws(HTTPFailure) -> HTTPAnswer {
        var end = endOfHead()
        while end == nil {
            try receive()
            end = endOfHead()
        }
        guard let end, var answer = HTTPAnswer(head: received[..<end]) else {
            throw .broken(String(decoding: received.prefix(200), as: UTF8.self))
        }
        received.removeFirst(end)
        let length = isHead || answer.status == 304 ? 0 : answer["Content-Length"].flatMap { Int($0) } ?? 0
        while received.count < length { try receive(within: true) }
        answer.body = Array(received.prefix(length))
        received.removeFirst(length)
        return answer
    }

    private func endOfHead() -> Int? {
        // Does not compare slices: without optimisation that costs the client more than the whole exchange costs the
        // service.
        received.withUnsafeBytes { bytes in
            var end = 3
            while end < bytes.count {
                if bytes[end] == 10, bytes[end - 1] == 13, bytes[end - 2] == 10, bytes[end - 3] == 13 { return end + 1 }
                end += 1
            }
            return nil
        }
    }

    private func receive(within answer: Bool = false) throws(HTTPFailure) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 {
            received.append(contentsOf: buffer[..<count])
        } else if count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) {
            throw .broken("no answer within \(Self.patienceSeconds) s")
        } else if received.isEmpty && !answer {
            throw .closed
        } else {
            throw .broken("closed after \(received.count) bytes")
        }
    }
}

/// A socket that listens to a sale's events, and reads none.
func watchSale(_ sale: Int, port: Int) -> Int32? {
    guard let listener = loopbackSocket(port: port, patienceSeconds: 5) else { return nil }
    let request = Array("GET /sales/\(sale)/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
    _ = Glibc.send(listener, request, request.count, Int32(MSG_NOSIGNAL))
    return listener
}

/// A connected socket to a port of this machine, with a time limit; nil if the port has no listener.
func loopbackSocket(port: Int, patienceSeconds: Int) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var yes: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    var patience = timeval(tv_sec: patienceSeconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr = in_addr(s_addr: in_addr_t(0x7F00_0001).bigEndian)
    let connected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard connected == 0 else {
        close(descriptor)
        return nil
    }
    return descriptor
}
