// What an instance may say of itself, and which registries a setting may name.

import Testing
import Textbook

@testable import Discovery

@Suite struct InstanceTests {
    @Test(
        "An address is a scheme, a host and a port",
        arguments: [
            ("http://10.0.0.7:8080", "http://10.0.0.7:8080"), ("https://flash.example", "https://flash.example:443"),
            ("http://shop-1", "http://shop-1:80"), ("http://[fd00::7]:9464", "http://[fd00::7]:9464"),
        ])
    func address(text: String, read: String) throws {
        #expect("\(try #require(ServiceAddress(text)))" == read)
    }

    @Test(
        "Nothing else is an address, least of all one with a password",
        arguments: [
            "", "shop.example", "ftp://shop.example", "http://", "http://shop.example/path", "http://a:b@shop.example",
            "http://shop.example:0", "http://shop.example:65536", "http://shop.example:80\n", "http://fd00::7:80",
            "http://shop example", "http://" + String(repeating: "a", count: 200), "http://shop.example?token=1",
        ])
    func noAddress(text: String) {
        #expect(ServiceAddress(text) == nil)
    }

    @Test("An instance has a plain id and short, printable texts")
    func texts() {
        func isInstance(id: String = "1", name: String = "shop", build: String = "1.0") -> Bool {
            guard let address = ServiceAddress("http://shop.example") else { return false }
            return Instance(
                id: id, name: name, api: address, operations: address, build: build, startedAt: UTCTime(seconds: 0))
                != nil
        }
        #expect(isInstance())
        for id in ["", "a/b", "a b", String(repeating: "a", count: 65)] { #expect(!isInstance(id: id)) }
        for text in ["line\nline", "Zürich", String(repeating: "a", count: 129)] {
            #expect(!isInstance(name: text))
            #expect(!isInstance(build: text))
        }
        #expect(Instance.freshID() != Instance.freshID())
        #expect(Instance.freshID().utf8.count == 32)
    }

    @Test("JSON needs the two addresses, and keeps the rest", arguments: [false, true])
    func json(isWhole: Bool) throws {
        let addresses = #""api":"http://shop.example:80","ops":"http://shop.example:9464""#
        let rest = #""id":"7","name":"shop","#
        let whole = "{\(rest)\(addresses),\"build\":\"1.0\",\"started_at\":\"2026-11-29T06:00:00.000Z\"}"
        let text = isWhole ? whole : "{\(addresses)}"
        let instance = try #require(Instance(try JSONValue(parsing: text.utf8, depth: 2)))
        #expect(instance.name == (isWhole ? "shop" : "shop.example:9464"))
        var json = JSONWriter()
        instance.write(to: &json)
        let written = String(decoding: json.bytes, as: UTF8.self)
        #expect(Instance(try JSONValue(parsing: json.bytes, depth: 2)) == instance)
        if isWhole { #expect(written == whole) }
    }

    @Test(
        "A registry is off, the ledger, a file, an etcd or a ZooKeeper",
        arguments: [
            ("off", "off"), ("ledger", "ledger"), ("/etc/flashsale/instances.json", "/etc/flashsale/instances.json"),
            ("./instances.json", "./instances.json"), ("etcd://10.0.0.5", "etcd://10.0.0.5:2379/flashsale"),
            ("etcd://a:1,[fd00::7],c/shops/eu/", "etcd://a:1,[fd00::7]:2379,c:2379/shops/eu"),
            ("zookeeper://a,b:7/shops", "zookeeper://a:2181,b:7/shops"),
        ])
    func registry(text: String, read: String) throws {
        let address = try #require(RegistryAddress(text))
        #expect("\(address)" == read)
        #expect(RegistryAddress(read) == address)
    }

    @Test(
        "Nothing else is a registry",
        arguments: [
            "", "ledgr", "instances.json", "etcd://", "etcd://a,", "etcd://a:b@c", "etcd://a/b c", "consul://a/b",
            "http://a", "etcd://" + Array(repeating: "a", count: 10).joined(separator: ","),
        ])
    func noRegistry(text: String) {
        #expect(RegistryAddress(text) == nil)
    }
}
