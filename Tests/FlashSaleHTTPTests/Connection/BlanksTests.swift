// White space at the ends of a head's lines, wherever the network has cut the head.

import NIOCore
import Testing

@testable import FlashSaleHTTP

@Suite struct BlanksTests {
    @Test(
        "Tabs at line ends become blanks up to the empty line, and what stands behind it is left as it is",
        arguments: [
            ("GET / HTTP/1.1\r\na: b\t \t\r\nc:\td\t\r\n\r\n", "GET / HTTP/1.1\r\na: b   \r\nc:\td \r\n\r\n"),
            ("a:\t\r\n\r\nbody\t\r\n", "a: \r\n\r\nbody\t\r\n"),
            ("\r\n\r\nbody\t\r\n", "\r\n\r\nbody\t\r\n"),
            ("\n\r\nbody\t\r\n", "\n\r\nbody\t\r\n"),
            ("\r\nbody\t\r\n", "\r\nbody\t\r\n"),
            ("\nbody\t\r\n", "\nbody\t\r\n"),
            ("a:\t", "a:\t"),
        ])
    func tabs(head: String, blanked: String) {
        var bytes = ByteBuffer(string: head)
        bytes.blankTabsAtLineEnds()
        #expect(String(buffer: bytes) == blanked)
    }
}
