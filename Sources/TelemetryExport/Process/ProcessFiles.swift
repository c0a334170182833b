// The kernel's text files about a process, parsed. No input or output here but `readFile`.

internal import Glibc

enum ProcessFiles {
    /// The fields of /proc/self/stat that are exposed.
    struct Stat: Equatable {
        let threads: UInt64
        let startTicks: UInt64
        let virtualBytes: UInt64
        let residentPages: UInt64

        /// Nil if the text is not of that form. The second field is the program's name in parentheses and may contain
        /// anything, so fields are counted from the last parenthesis.
        init?(_ text: String) {
            guard let end = text.lastIndex(of: ")") else { return nil }
            let fields = text[text.index(after: end)...].split(separator: " ").map { UInt64($0) }
            // The first field here is number 3 of proc(5).
            guard fields.count > 21, let threads = fields[17], let start = fields[19], let virtual = fields[20],
                let resident = fields[21]
            else { return nil }
            (self.threads, startTicks, virtualBytes, residentPages) = (threads, start, virtual, resident)
        }
    }

    /// The time of the machine's boot in seconds since 1970, from /proc/stat; 0 if it is not there.
    static func bootTime(stat: String) -> Double {
        value(of: "btime", in: stat).flatMap(Double.init) ?? 0
    }

    /// The memory of the machine in bytes, from /proc/meminfo.
    static func memoryTotal(meminfo: String) -> Double? {
        value(of: "MemTotal:", in: meminfo).flatMap(Double.init).map { $0 * 1_024 }
    }

    /// The bytes of the IP layer, from /proc/self/net/netstat: a line of names, then one of values.
    static func networkOctets(netstat: String) -> (received: UInt64, transmitted: UInt64)? {
        let rows = netstat.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0.first == "IpExt:" }
        guard rows.count == 2, let received = rows[0].firstIndex(of: "InOctets"),
            let transmitted = rows[0].firstIndex(of: "OutOctets"), max(received, transmitted) < rows[1].count,
            let receivedCount = UInt64(rows[1][received]), let transmittedCount = UInt64(rows[1][transmitted])
        else { return nil }
        return (receivedCount, transmittedCount)
    }

    /// The path of the cgroup of version 2, without a slash at the end; nil if the machine has none.
    static func cgroupPath(cgroup: String) -> String? {
        guard let line = cgroup.split(separator: "\n").first(where: { $0.hasPrefix("0::") }) else { return nil }
        let path = line.dropFirst(3)
        return path == "/" ? "" : String(path)
    }

    /// The limit in memory.max; nil for none.
    static func memoryLimit(memoryMax: String) -> Double? {
        memoryMax.split(whereSeparator: \.isWhitespace).first.flatMap { Double($0) }
    }

    /// Quota over period of cpu.max; nil for none.
    static func coreLimit(cpuMax: String) -> Double? {
        let fields = cpuMax.split(whereSeparator: \.isWhitespace).map { Double($0) }
        guard fields.count == 2, let quota = fields[0], let period = fields[1], period > 0 else { return nil }
        return quota / period
    }

    /// The first word after a name at the start of a line.
    private static func value(of name: String, in text: String) -> String? {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count > 1, words[0] == name { return String(words[1]) }
        }
        return nil
    }
}

/// A small file of the kernel's as text; empty if it cannot be read.
func readFile(_ path: String, sizeMax: Int = 64 * 1_024) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    let bytes = [UInt8](unsafeUninitializedCapacity: sizeMax) { buffer, count in
        while count < sizeMax {
            let size = read(descriptor, buffer.baseAddress! + count, sizeMax - count)
            guard size > 0 else { break }
            count += size
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
