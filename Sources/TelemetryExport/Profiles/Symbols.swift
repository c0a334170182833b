// Names for addresses of code, from the symbol tables of the mapped files, as Swift demangles them.
//
// dladdr knows only exported symbols, and a static program exports almost none. So this reads the files, once for all
// addresses of a profile, and keeps nothing.

internal import CLinux
internal import Glibc

/// The functions at a set of addresses.
struct Symbols: Sendable {
    struct Function: Hashable, Sendable {
        /// The demangled name.
        let name: String
        /// The linker's name.
        let linkName: String
    }

    /// The mappings with any of the addresses.
    private(set) var objects: [LoadedObject] = []
    private var functions: [UInt64: Function] = [:]

    /// - Parameter addresses: in ascending order.
    init(addresses: [UInt64], maps: String) {
        var rest = addresses[...]
        for var object in LoadedObject.parse(maps: maps) {
            rest = rest.drop { $0 < object.start }
            let inside = rest.prefix { $0 < object.end }
            if inside.isEmpty { continue }
            if let file = ELFFile(path: object.path) {
                object.buildID = file.buildID
                resolve(inside, in: object, file)
            }
            objects.append(object)
        }
    }

    /// The current names for addresses in any order.
    static func current(for addresses: some Sequence<UInt64>) -> Symbols {
        Symbols(addresses: Set(addresses).sorted(), maps: readMaps())
    }

    /// The function at one of the addresses. Without a symbol it has its file's name.
    func function(at address: UInt64) -> Function {
        if let function = functions[address] { return function }
        let name = objectIndex(at: address).map { "[\(objects[$0].name)]" } ?? "[unknown]"
        return Function(name: name, linkName: name)
    }

    func objectIndex(at address: UInt64) -> Int? {
        objects.firstIndex { $0.start <= address && address < $0.end }
    }

    /// One pass over the file's symbols, each looked up among the addresses, which are fewer.
    private mutating func resolve(_ addresses: ArraySlice<UInt64>, in object: LoadedObject, _ file: borrowing ELFFile) {
        guard let start = file.address(ofOffset: object.offset) else { return }
        // The difference between an address in memory and one in the file.
        let shift = object.start &- start
        var names = [Int](repeating: -1, count: addresses.count)
        addresses.withUnsafeBufferPointer { addresses in
            file.forEachFunction { address, size, name in
                let begin = address &+ shift
                let end = begin &+ max(size, 1)
                var index = addresses.partitionIndex { $0 >= begin }
                while index < addresses.count, addresses[index] < end {
                    names[index] = name
                    index += 1
                }
            }
        }
        var known: [Int: Function] = [:]
        for (address, name) in zip(addresses, names) where name >= 0 {
            let function = known[name] ?? Function(linkName: file.text(at: name))
            known[name] = function
            functions[address] = function
        }
    }
}

extension Symbols.Function {
    fileprivate init(linkName: String) {
        self.linkName = linkName
        guard linkName.hasPrefix("$s") || linkName.hasPrefix("$S"),
            let text = clinux_demangle(linkName, linkName.utf8.count)
        else {
            name = linkName
            return
        }
        name = String(cString: text)
        free(text)
    }
}

extension UnsafeBufferPointer<UInt64> {
    /// The first index of an ascending buffer from which the condition holds.
    fileprivate func partitionIndex(where condition: (UInt64) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if condition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// /proc/self/maps.
func readMaps() -> String { readFile("/proc/self/maps", sizeMax: 4 * 1_024 * 1_024) }
