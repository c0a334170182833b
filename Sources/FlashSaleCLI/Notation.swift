// How the values of settings are written: which texts are values, what a complaint says, and how a value is shown.

import Discovery
import FlashSale
import FlashSaleHTTP
import TelemetryExport
import Textbook

/// The written form of one kind of value.
struct Notation<Value: Sendable>: Sendable {
    /// Follows "must be" in a complaint.
    let expectation: String
    /// Nil for a text that is not a value.
    let parse: @Sendable (String) -> Value?
    /// Empty for a value that means "not set".
    let text: @Sendable (Value) -> String
}

extension Notation where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Notation {
        Notation(
            expectation: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } },
            text: { String($0) })
    }
}

extension Notation where Value == Int? {
    static func integerOrUnset(_ range: ClosedRange<Int>) -> Notation {
        let number = Notation<Int>.integer(range)
        return Notation(
            expectation: number.expectation, parse: { text in number.parse(text).map(Optional.some) },
            text: { $0.map { "\($0)" } ?? "" })
    }
}

extension Notation where Value == Duration {
    static func seconds(_ range: ClosedRange<Int>) -> Notation { count(of: .seconds(1), range) }

    static func milliseconds(_ range: ClosedRange<Int>) -> Notation { count(of: .milliseconds(1), range) }

    private static func count(of unit: Duration, _ range: ClosedRange<Int>) -> Notation {
        let number = Notation<Int>.integer(range)
        return Notation(
            expectation: number.expectation, parse: { text in number.parse(text).map { unit * $0 } },
            text: { String(Int($0 / unit)) })
    }
}

extension Notation where Value == Bool {
    static var onOrOff: Notation {
        Notation(
            expectation: "on or off",
            parse: { text in
                switch text.lowercased() {
                case "on", "true", "yes", "1": true
                case "off", "false", "no", "0": false
                default: nil
                }
            },
            text: { $0 ? "on" : "off" })
    }
}

extension Notation where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    static var choice: Notation {
        Notation(
            expectation: "one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))",
            parse: { Value(rawValue: $0) }, text: { $0.rawValue })
    }
}

extension Notation where Value == HTTPConfiguration.MetricsOnAPI {
    static var choiceOrTruth: Notation {
        let (choice, truth) = (Self.choice, Notation<Bool>.onOrOff)
        return Notation(
            expectation: choice.expectation,
            parse: { text in choice.parse(text) ?? truth.parse(text).map { $0 ? .on : .off } }, text: choice.text)
    }
}

extension Notation {
    /// Values with commas between them, and blanks around the commas or not.
    static func list<Element: CustomStringConvertible>(
        of kind: String, _ element: @escaping @Sendable (String) -> Element?
    ) -> Notation where Value == [Element] {
        Notation(
            expectation: "\(kind), with commas between them",
            parse: { text in
                let names = text.split(separator: ",").map { String($0.trimmingBlanks()) }
                let elements = names.compactMap(element)
                return elements.count == names.count ? elements : nil
            },
            text: { $0.map(\.description).joined(separator: ",") })
    }
}

extension Notation where Value == [NetworkRange] {
    static var networks: Notation { list(of: "networks like 10.0.0.0/8 or fd00::/8") { NetworkRange($0) } }
}

extension Notation where Value == [String] {
    static var names: Notation { list(of: "names like console.example") { Notation<String>.host.parse($0) } }
}

extension Notation where Value == [WebOrigin] {
    static var origins: Notation {
        list(of: "origins like https://shop.example or http://localhost:3000") { WebOrigin($0) }
    }
}

extension Notation where Value == ShopDirectory {
    static var shops: Notation {
        Notation(
            expectation: "shops like acme,lego=lego.example, each host once", parse: { ShopDirectory($0) },
            text: { $0.description })
    }
}

extension Notation where Value == [PodID] {
    static var pods: Notation {
        Notation(
            expectation: "numbers of pods from 1 to \(PodID.greatest) with commas between them, each once",
            parse: { text in
                let numbers = text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false)
                let pods = numbers.compactMap { PodID(String($0)) }
                let isList = pods.count == numbers.count && Set(pods).count == pods.count && !pods.contains(.home)
                return isList ? pods : nil
            }, text: { $0.map(\.description).joined(separator: ",") })
    }
}

extension Notation where Value == [String: String] {
    static var claims: Notation {
        Notation(
            expectation: "claims like phone_verified=true, with commas between them",
            parse: { text in
                var claims: [String: String] = [:]
                for pair in text.split(separator: ",") {
                    let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    guard parts.count == 2, !parts[0].isEmpty else { return nil }
                    claims[String(parts[0])] = String(parts[1])
                }
                return claims
            },
            text: { $0.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",") })
    }
}

extension Notation where Value == String {
    static var text: Notation { Notation(expectation: "text", parse: { $0 }, text: { $0 }) }

    /// A name or an address. An IPv6 address may have the brackets that it has in a URL.
    static var host: Notation {
        Notation(
            expectation: "a name or an address",
            parse: { text in
                let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
                let host = isBracketed ? String(text.dropFirst().dropLast()) : text
                return host.isEmpty || host.contains { $0 == "/" || $0 == "[" || $0 == " " } ? nil : host
            },
            text: { $0 })
    }
}

extension Notation where Value == String? {
    static var text: Notation { Notation(expectation: "text", parse: { $0 }, text: { $0 ?? "" }) }
}

extension Notation where Value == Secret? {
    static func secret(bytesMin: Int = 0) -> Notation {
        Notation(
            expectation: bytesMin == 0 ? "text" : "of \(bytesMin) bytes or more",
            parse: { text in text.utf8.count < bytesMin ? nil : .some(Secret(text)) },
            text: { $0.map { "\($0)" } ?? "" })
    }
}

extension Notation where Value == RegistryAddress {
    static var registry: Notation {
        Notation(
            expectation: "off, ledger, a path with a slash, or like etcd://10.0.0.5/flashsale or zookeeper://…",
            parse: { RegistryAddress($0) }, text: { $0.description })
    }
}

extension Notation where Value == ServiceAddress? {
    static var address: Notation {
        Notation(
            expectation: "like https://flash.example or http://10.0.0.7:8080, without a path and a user",
            parse: { ServiceAddress($0).map(Optional.some) }, text: { $0?.description ?? "" })
    }
}

extension Notation where Value == ProfileStore? {
    static var store: Notation {
        Notation(
            expectation: "like https://host:port/prefix", parse: { text in ProfileStore(url: text).map(Optional.some) },
            text: { $0 == nil ? "" : "a store" })
    }
}
