// Addresses, their networks, and the ranges of settings.

import NIOCore
import Testing

@testable import FlashSaleHTTP

@Suite("Addresses of clients")
struct ClientAddressTests {
    @Test(
        "An address has one form, however it is written",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:DB8:0::1", "2001:db8::1"),
            ("::1", "::1"), ("192.0.2", nil), ("192.0.2.1:80", nil), ("localhost", nil), ("", nil), ("fe80::1%lo", nil),
        ] as [(String, String?)])
    func texts(text: String, shown: String?) {
        #expect(ClientAddress(text)?.description == shown)
    }

    @Test("The address of a socket is the same", arguments: ["192.0.2.1", "2001:db8::1"])
    func sockets(text: String) throws {
        #expect(ClientAddress(try SocketAddress(ipAddress: text, port: 80)) == ClientAddress(text))
        #expect(ClientAddress(try SocketAddress(unixDomainSocketPath: "/a")) == nil)
    }

    @Test(
        "Neighbours share a network",
        arguments: [
            ("192.0.2.1", "192.0.2.254", true), ("192.0.2.1", "192.0.3.1", false),
            ("2001:db8:1:a::1", "2001:db8:1:b::2", true), ("2001:db8:1:a00::1", "2001:db8:1:b00::1", false),
            ("192.0.2.1", "::c000:201", false),
        ])
    func networks(left: String, right: String, share: Bool) {
        #expect((ClientAddress(left)?.network == ClientAddress(right)?.network) == share)
    }

    @Test(
        "A range has the addresses that begin like it",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "192.0.2.1", true),
            ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "2001:db8::1", true), ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe12::1", false), ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
        ])
    func ranges(range: String, address: String, isIn: Bool) throws {
        let address = try #require(ClientAddress(address))
        #expect(try #require(NetworkRange(range)).contains(address) == isIn)
    }

    @Test(
        "A text that is no range is refused",
        arguments: ["", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129", "ten"])
    func nonsense(text: String) {
        #expect(NetworkRange(text) == nil)
    }

    @Test("Loopback is this machine's own", arguments: [("127.9.9.9", true), ("::1", true), ("192.0.2.1", false)])
    func loopback(text: String, isLoopback: Bool) {
        #expect(ClientAddress(text)?.isLoopback == isLoopback)
    }
}
