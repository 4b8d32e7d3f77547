import Glibc

extension JSON.Parser {
    /// The error at byte `at`, with the path to the member being read in `frame` and its line. Only made when one is
    /// thrown, so that reading has nothing to keep for it.
    @inline(never)
    func failure(
        _ kind: JSONError.Kind, _ at: UnsafePointer<UInt8>, _ text: UnsafePointer<UInt8>,
        _ frame: UnsafeMutablePointer<Frame>
    ) -> JSONError {
        var path: [UInt8] = []
        for index in 0...(frame - frames) {
            let element = frames[index].element
            guard element >= 0 else { continue }
            // The name follows the type byte and ends with NUL.
            let name = output + element + 1
            let byteCount = strlen(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
            // The member around a lone value has no name; nor has it a place in the path.
            if byteCount == 0, index == 0 { continue }
            if !path.isEmpty { path.append(UInt8(ascii: ".")) }
            path.append(contentsOf: UnsafeBufferPointer(start: name, count: byteCount))
        }
        return JSONError(
            kind: kind, byteOffset: at - text, line: Self.line(of: at, in: text),
            path: String(decoding: path, as: UTF8.self))
    }

    static func line(of at: UnsafePointer<UInt8>, in text: UnsafePointer<UInt8>) -> Int {
        var line = 1
        var next = text
        while next < at {
            if next.pointee == UInt8(ascii: "\n") { line += 1 }
            next += 1
        }
        return line
    }
}
