// A client that sends a request and reads nothing by itself.

import Glibc
import NIOCore

/// A connected socket with the least memory for what it does not read.
func idleSocket(port: Int, sending request: String) throws -> Int32 {
    let idler = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var bytes: Int32 = 1_024
    setsockopt(idler, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    try SocketAddress(ipAddress: "127.0.0.1", port: port).withSockAddr { address, size in
        _ = connect(idler, address, socklen_t(size))
    }
    let bytesOfRequest = Array(request.utf8)
    _ = send(idler, bytesOfRequest, bytesOfRequest.count, Int32(MSG_NOSIGNAL))
    return idler
}
