// The process family: the parser of the kernel's files, and a real reading.

import Telemetry
import Testing

@testable import TelemetryExport

@Suite("Process")
struct ProcessTests {
    @Test("A program's name with spaces and parentheses does not shift the fields")
    func stat() {
        let rest = (3...52).map(String.init).joined(separator: " ")
        let stat = ProcessFiles.Stat("42 (a) b (c) \(rest.replacing("3 4 ", with: "R 4 ", maxReplacements: 1))")
        #expect(stat?.threads == 20)
        #expect(stat?.startTicks == 22)
        #expect(stat?.virtualBytes == 23)
        #expect(stat?.residentPages == 24)
    }

    @Test("A file of another form gives no reading", arguments: ["", "42 (a", "42 (a) R 1 2"])
    func notAStat(text: String) {
        #expect(ProcessFiles.Stat(text) == nil)
    }

    @Test("The IP layer's bytes are found by their names")
    func netstat() throws {
        let text = "TcpExt: A B\nTcpExt: 1 2\nIpExt: InOctets X OutOctets\nIpExt: 10 0 20\n"
        let octets = try #require(ProcessFiles.networkOctets(netstat: text))
        #expect(octets.received == 10)
        #expect(octets.transmitted == 20)
        #expect(ProcessFiles.networkOctets(netstat: "IpExt: InOctets\n") == nil)
    }

    @Test(
        "A memory limit is a number of bytes or none",
        arguments: [("max\n", nil), ("1048576\n", 1_048_576), ("", nil)] as [(String, Double?)])
    func memoryMax(text: String, bytes: Double?) {
        #expect(ProcessFiles.memoryLimit(memoryMax: text) == bytes)
    }

    @Test(
        "A processor quota is a number of cores",
        arguments: [("max 100000\n", nil), ("150000 100000\n", 1.5), ("", nil)] as [(String, Double?)])
    func cpuMax(text: String, cores: Double?) {
        #expect(ProcessFiles.coreLimit(cpuMax: text) == cores)
    }

    @Test(
        "Only a cgroup of version 2 has a path",
        arguments: [("1:cpu:/x\n0::/a/b\n", "/a/b"), ("0::/\n", ""), ("1:cpu:/x\n", nil)] as [(String, String?)])
    func cgroup(text: String, path: String?) {
        #expect(ProcessFiles.cgroupPath(cgroup: text) == path)
    }

    @Test("This process has memory, threads, files, a start and limits")
    func collect() {
        let instruments = Instruments()
        let collector = ProcessCollector(instruments)
        collector.collect()
        let process = instruments.process
        for reading in [
            process.cpuSecondsTotal, process.openFds, process.maxFds, process.virtualMemoryBytes,
            process.virtualMemoryMaxBytes, process.residentMemoryBytes, process.threads, process.memoryLimitBytes,
            process.cpuLimitCores,
        ] {
            #expect(reading.value > 0, "\(reading.definition.name)")
        }
        #expect(process.startTimeSeconds.value > 1_700_000_000)
        #expect(process.residentMemoryBytes.value < process.memoryLimitBytes.value)
        #expect(instruments.http.resourceUtilizationRatio.value(.memory) > 0)
    }
}
