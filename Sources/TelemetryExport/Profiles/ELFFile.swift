// Reads an ELF file of 64 bits: where its code is loaded, its symbols, its build id.
//
// Trust rule: the file is the process's own, but no offset in it is trusted beyond the file's bounds. Parts that do not
// fit are left out.

internal import Glibc

/// A file, mapped for reading while the value lives.
struct ELFFile: ~Copyable {
    private let bytes: UnsafeRawBufferPointer

    /// Nil if the file cannot be read or is no little-endian ELF of 64 bits.
    init?(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size >= 64 else { return nil }
        let size = Int(status.st_size)
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            return nil
        }
        let bytes = UnsafeRawBufferPointer(start: start, count: size)
        guard bytes.prefix(6).elementsEqual([0x7F, 0x45, 0x4C, 0x46, 2, 1]) else {
            munmap(start, size)
            return nil
        }
        self.bytes = bytes
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }

    /// The address that the file itself gives to a place in it; nil if it is not loaded.
    func address(ofOffset offset: UInt64) -> UInt64? {
        for header in headers(at: 32, sizeAt: 54, countAt: 56) where value(header, as: UInt32.self) == 1 {
            let start = value(header + 8, as: UInt64.self)
            let address = value(header + 16, as: UInt64.self)
            let size = value(header + 32, as: UInt64.self)
            if offset >= start, offset - start < size { return offset - start &+ address }
        }
        return nil
    }

    /// Calls back with every function: its address and size in the file, and the place of its name.
    func forEachFunction(_ body: (_ address: UInt64, _ size: UInt64, _ name: Int) -> Void) {
        let sections = headers(at: 40, sizeAt: 58, countAt: 60)
        // The whole table if the file has it, else the exported symbols.
        for type in [2, 11] as [UInt32] {
            guard let table = sections.first(where: { value($0 + 4, as: UInt32.self) == type }) else { continue }
            let link = Int(value(table + 40, as: UInt32.self))
            guard link < sections.count else { continue }
            let names = Int(clamping: value(sections[link] + 24, as: UInt64.self))
            let start = Int(clamping: value(table + 24, as: UInt64.self))
            let count = Int(clamping: value(table + 32, as: UInt64.self)) / 24
            guard start >= 0, start <= bytes.count else { continue }
            for index in 0..<min(count, (bytes.count - start) / 24) {
                let symbol = start + index * 24
                let kind = value(symbol + 4, as: UInt8.self) & 0xF
                guard kind == 2 || kind == 10 else { continue }
                let address = value(symbol + 8, as: UInt64.self)
                if address == 0 { continue }
                body(address, value(symbol + 16, as: UInt64.self), names &+ Int(value(symbol, as: UInt32.self)))
            }
            return
        }
    }

    /// The text that begins at an offset and ends with a zero byte.
    func text(at offset: Int) -> String {
        guard offset >= 0, offset < bytes.count else { return "" }
        let rest = bytes[offset...]
        return String(decoding: rest.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The linker's build id in hexadecimal digits; empty if there is none.
    var buildID: String {
        for header in headers(at: 40, sizeAt: 58, countAt: 60) where value(header + 4, as: UInt32.self) == 7 {
            let note = Int(clamping: value(header + 24, as: UInt64.self))
            // A note of GNU's has a name of four bytes and, for a build id, type 3.
            guard note > 0, value(note, as: UInt32.self) == 4, value(note + 8, as: UInt32.self) == 3 else { continue }
            let size = Int(value(note + 4, as: UInt32.self))
            guard size <= 64, note + 16 + size <= bytes.count else { continue }
            return bytes[(note + 16)..<(note + 16 + size)].map { byte in
                String(byte >> 4, radix: 16) + String(byte & 0xF, radix: 16)
            }.joined()
        }
        return ""
    }

    /// Where the headers of a table begin. The file's own header has that at these offsets.
    private func headers(at table: Int, sizeAt: Int, countAt: Int) -> [Int] {
        let start = Int(clamping: value(table, as: UInt64.self))
        let size = Int(value(sizeAt, as: UInt16.self))
        let count = Int(value(countAt, as: UInt16.self))
        guard start > 0, size > 0, start <= bytes.count, count <= (bytes.count - start) / size else { return [] }
        return (0..<count).map { start + $0 * size }
    }

    private func value<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as: Number.Type) -> Number {
        guard offset >= 0, offset <= bytes.count - MemoryLayout<Number>.size else { return 0 }
        return bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)
    }
}
