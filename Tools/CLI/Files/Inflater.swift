import CZlib

/// Unpacks gzip as it comes, members one after the other included (zlib, RFC 1952).
final class Inflater {
    struct Damaged: Error, CustomStringConvertible {
        let description: String
    }

    /// zlib keeps a pointer to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private var isBetweenMembers = false

    init() throws {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 more for the gzip form.
        let status = inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            stream.deallocate()
            throw Damaged(description: "zlib does not start: \(status)")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Unpacks a piece and gives what comes out, in pieces of at most `buffer`'s size.
    func inflate(
        _ packed: UnsafeRawBufferPointer, buffer: UnsafeMutableRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: packed.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(packed.count)
        while true {
            if isBetweenMembers {
                guard stream.pointee.avail_in > 0 else { return }
                inflateReset(stream)
                isBetweenMembers = false
            }
            stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(buffer.count)
            let status = CZlib.inflate(stream, Z_NO_FLUSH)
            guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                let reason = stream.pointee.msg.map { String(cString: $0) } ?? "code \(status)"
                throw Damaged(description: "the gzip data is damaged: \(reason)")
            }
            let count = buffer.count - Int(stream.pointee.avail_out)
            if count > 0 { try body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
            isBetweenMembers = status == Z_STREAM_END
            if stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 { return }
        }
    }

    /// To be called at the input's end: a member cut short is damage.
    func finish() throws {
        guard isBetweenMembers else { throw Damaged(description: "the gzip data ends too early") }
    }
}
