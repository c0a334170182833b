// Certificates for one test, made by openssl: of an authority, a server, and clients.

import Foundation
import Testing

@testable import DevStack

struct Certificates: Sendable {
    static let isInstalled = ["/usr/bin", "/usr/local/bin"].contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/openssl")
    }

    let directory: TestDirectory

    /// Makes, each with its key: `ca`, `server` for the loopback interface, `client` for the user `shop`, the same two
    /// as `server_expired` and `client_expired`, and `stranger`, an authority that signs none of them.
    init() async throws {
        directory = try TestDirectory("certificates")
        let make = try WatchedProcess(
            ["sh", "-ec", Self.script, "sh", directory.path], lastSignal: .kill, output: directory.file("log"),
            lock: nil)
        let status = await make.watcher.end(within: .seconds(30))
        try #require(status == 0, "\(directory.text("log"))")
    }

    func file(_ name: String) -> String { directory.file(name) }

    private static let script = """
        cd "$1"
        new="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        for name in ca stranger; do
            openssl req -x509 $new -days 2 -subj "/CN=$name" -keyout $name.key -out $name.crt
        done
        sign() {
            openssl req $new -subj "/CN=$2" -keyout $1.key -out $1.csr
            openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days $3 -extfile $4 -out $1.crt
        }
        echo "subjectAltName=IP:127.0.0.1" > names
        : > none
        sign server server 2 names
        sign server_expired server -1 names
        sign client shop 2 none
        sign client_expired shop -1 none
        chmod 600 *.key
        """
}
