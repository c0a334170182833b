// A profile as profile.proto has it, the format of `go tool pprof` and Parca
// (https://github.com/google/pprof/blob/main/proto/profile.proto). Ids count from 1 in the order of their messages.

internal import Telemetry
internal import Textbook

extension Profile {
    /// The message, not compressed.
    func encoded(with symbols: Symbols) -> [UInt8] {
        var strings = StringTable()
        var writer = ProtobufWriter(capacity: 64 * 1_024)
        for type in types { writer.message(1) { $0.valueType(type, &strings) } }
        var locations = LocationTable(symbols: symbols)
        let threadKey = strings.index(of: "thread")
        for sample in samples {
            let thread = sample.thread.isEmpty ? 0 : strings.index(of: sample.thread)
            writer.message(2) { writer in
                writer.packed(1, sample.frames.map { locations.id(of: $0) })
                writer.packed(2, sample.values.map { UInt64(bitPattern: $0) })
                guard thread != 0 else { return }
                writer.message(3) { writer in
                    writer.integer(1, threadKey)
                    writer.integer(2, thread)
                }
            }
        }
        for (index, object) in symbols.objects.enumerated() {
            writer.message(3) { $0.mapping(object, id: index + 1, &strings) }
        }
        for location in locations.locations { writer.message(4) { $0.location(location) } }
        for (index, function) in locations.functions.enumerated() {
            writer.message(5) { writer in
                writer.integer(1, UInt64(index + 1))
                writer.integer(2, strings.index(of: function.name))
                writer.integer(3, strings.index(of: function.linkName))
            }
        }
        writer.integer(9, Int64(startedAt.seconds) * 1_000_000_000 + Int64(startedAt.nanoseconds))
        writer.integer(10, duration.wholeNanoseconds)
        writer.message(11) { $0.valueType(period.type, &strings) }
        writer.integer(12, period.amount)
        if !standardType.isEmpty { writer.integer(14, strings.index(of: standardType)) }
        for text in strings.texts { writer.element(6, text) }
        return writer.bytes
    }
}

/// Every text once; the format wants the first to be empty.
private struct StringTable {
    private(set) var texts = [""]
    private var indexes = ["": 0 as UInt64]

    mutating func index(of text: String) -> UInt64 {
        if let index = indexes[text] { return index }
        let index = UInt64(texts.count)
        indexes[text] = index
        texts.append(text)
        return index
    }
}

/// Every address and every function once, numbered from 1.
private struct LocationTable {
    struct Location {
        let id: UInt64
        let address: UInt64
        /// The number of the loaded object, from 1; 0 if the address is in none.
        let mapping: UInt64
        let function: UInt64
    }

    let symbols: Symbols
    private(set) var locations: [Location] = []
    private(set) var functions: [Symbols.Function] = []
    private var ids: [UInt64: UInt64] = [:]
    private var functionIDs: [Symbols.Function: UInt64] = [:]

    init(symbols: Symbols) {
        self.symbols = symbols
    }

    mutating func id(of address: UInt64) -> UInt64 {
        if let id = ids[address] { return id }
        let function = symbols.function(at: address)
        let functionID = functionIDs[function] ?? UInt64(functions.count + 1)
        if functionIDs.updateValue(functionID, forKey: function) == nil { functions.append(function) }
        let id = UInt64(locations.count + 1)
        let mapping = UInt64(symbols.objectIndex(at: address).map { $0 + 1 } ?? 0)
        locations.append(Location(id: id, address: address, mapping: mapping, function: functionID))
        ids[address] = id
        return id
    }
}

extension ProtobufWriter {
    fileprivate mutating func valueType(_ value: Profile.ValueType, _ strings: inout StringTable) {
        integer(1, strings.index(of: value.type))
        integer(2, strings.index(of: value.unit))
    }

    fileprivate mutating func mapping(_ object: LoadedObject, id: Int, _ strings: inout StringTable) {
        integer(1, UInt64(id))
        integer(2, object.start)
        integer(3, object.end)
        integer(4, object.offset)
        integer(5, strings.index(of: object.path))
        integer(6, strings.index(of: object.buildID))
        bool(7, true)
    }

    fileprivate mutating func location(_ location: LocationTable.Location) {
        integer(1, location.id)
        integer(2, location.mapping)
        integer(3, location.address)
        message(4) { $0.integer(1, location.function) }
    }
}
