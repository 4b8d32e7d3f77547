import Glibc

extension JSON.Parser {
    /// Reads the value between `text` and `end` into ``output`` from its first byte; returns the document's size.
    ///
    /// One turn of the outer loop reads one member: its name, then its value or the bracket that opens it. The inner loop
    /// reads what stands behind a value: a comma, or brackets that close. What is open is in ``frames``; nothing recurses.
    mutating func run(
        _ text: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, extended: Bool, isDocument: Bool
    ) throws(JSONError) -> Int {
        var at = text
        var to = output + 4
        var limit = output + outputCapacity
        var byte: UInt8 = 0
        var serial: UInt32 = 1
        var frame = frames
        frame.initialize(to: Frame(start: 0, textOffset: 0, firstKey: 0, serial: serial, isArray: false))
        // The outermost frame of a lone value is not its own: a document around it, whose only member is named "".
        let deepestFrame = limits.maxDepth - (isDocument ? 1 : 0)
        let isInLoneValue = !isDocument

        guard Self.skipSpace(&at, end, &byte) else { throw failure(.unexpectedEnd, at, text, frame) }
        if isDocument {
            guard byte == UInt8(ascii: "{") else { throw failure(.notADocument, at, text, frame) }
            at += 1
            guard Self.skipSpace(&at, end, &byte) else { throw failure(.unexpectedEnd, at, text, frame) }
            if byte == UInt8(ascii: "}") {
                at += 1
                to = finish(frame, to)
                try expectEnd(at, end, text)
                return to - output
            }
        }

        members: while true {
            // 1. The member's type (set with the value) and its name. `at` is not at white space here.
            if limit - to < (end - at) + Self.slack {
                let used = to - output
                growOutput(used: used, rest: end - at)
                to = output + used
                limit = output + outputCapacity
            }
            let type = to
            to += 1
            if frame.pointee.isArray {
                to = Self.writeIndexName(frame.pointee.count, to)
                frame.pointee.element = type - output
                if frame.pointee.count >= limits.maxArray { throw failure(.tooManyElements, at, text, frame) }
            } else if isInLoneValue, frame == frames {
                to.pointee = 0
                to += 1
                frame.pointee.element = type - output
            } else {
                frame.pointee.element = -1
                guard byte == UInt8(ascii: "\"") else { throw failure(.unexpectedCharacter, at, text, frame) }
                let opening = at
                let name = to
                let string = Self.copyString(at + 1, end, to)
                if string.fault != .none { throw failure(string.fault.kind, string.source, text, frame) }
                at = string.source
                to = string.target
                let byteCount = to - name
                to.pointee = 0
                to += 1
                // Only an escape can have made a NUL.
                if at - opening != byteCount + 2, memchr(name, 0, byteCount) != nil {
                    throw failure(.nulInKey, opening, text, frame)
                }
                if byteCount > limits.maxKeyBytes { throw failure(.keyTooLong, opening, text, frame) }
                frame.pointee.element = type - output
                if frame.pointee.count >= limits.maxFields { throw failure(.tooManyFields, opening, text, frame) }
                if !addKey(at: name - output, byteCount: byteCount, in: frame) {
                    throw failure(.duplicateKey, opening, text, frame)
                }
                if extended, name.pointee == UInt8(ascii: "$"), frame.pointee.wrapper == .none {
                    frame.pointee.wrapper = ExtendedJSONWrapper(
                        name: UnsafeRawBufferPointer(start: name, count: byteCount))
                }
                guard Self.skipSpace(&at, end, &byte) else { throw failure(.unexpectedEnd, at, text, frame) }
                guard byte == UInt8(ascii: ":") else { throw failure(.unexpectedCharacter, at, text, frame) }
                at += 1
                guard Self.skipSpace(&at, end, &byte) else { throw failure(.unexpectedEnd, at, text, frame) }
            }

            // 2. Its value.
            switch byte {
            case UInt8(ascii: "\""):
                type.pointee = BSONType.string.rawValue
                let length = to
                let string = Self.copyString(at + 1, end, to + 4)
                if string.fault != .none { throw failure(string.fault.kind, string.source, text, frame) }
                at = string.source
                to = string.target
                to.pointee = 0
                to += 1
                Self.store(Int32(truncatingIfNeeded: to - length - 4), length)

            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let number = Self.readNumber(at, end, maxLength: limits.maxNumberLength)
                at = number.end
                switch number.value {
                case .integer(let value):
                    if let small = Int32(exactly: value) {
                        type.pointee = BSONType.int32.rawValue
                        Self.store(small, to)
                        to += 4
                    } else {
                        type.pointee = BSONType.int64.rawValue
                        Self.store(value, to)
                        to += 8
                    }
                case .double(let value):
                    type.pointee = BSONType.double.rawValue
                    Self.store(value.bitPattern, to)
                    to += 8
                case .fault(let kind):
                    throw failure(kind, at, text, frame)
                }

            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let isArray = byte == UInt8(ascii: "[")
                type.pointee = isArray ? BSONType.array.rawValue : BSONType.document.rawValue
                let opening = at
                at += 1
                let depth = frame - frames + 1
                guard Self.skipSpace(&at, end, &byte) else { throw failure(.unexpectedEnd, at, text, frame) }
                let isEmpty = byte == (isArray ? UInt8(ascii: "]") : UInt8(ascii: "}"))
                if depth > deepestFrame {
                    // What a type wrapper holds does not count; whether this is one shows when it closes.
                    guard extended, !isEmpty, depth <= deepestFrame + ExtendedJSONWrapper.deepest else {
                        throw failure(.tooDeep, opening, text, frame)
                    }
                }
                if isEmpty {
                    at += 1
                    Self.store(Int32(5), to)
                    to[4] = 0
                    to += 5
                } else {
                    if depth == frameCapacity {
                        growFrames()
                        frame = frames + (depth - 1)
                    }
                    frame += 1
                    serial &+= 1
                    frame.initialize(
                        to: Frame(
                            start: to - output, textOffset: opening - text, firstKey: keyCount, serial: serial,
                            isArray: isArray))
                    to += 4
                    continue members
                }

            case UInt8(ascii: "t"):
                guard Self.matches(at, end, "true") else { throw failure(.invalidLiteral, at, text, frame) }
                type.pointee = BSONType.bool.rawValue
                to.pointee = 1
                to += 1
                at += 4

            case UInt8(ascii: "f"):
                guard Self.matches(at, end, "false") else { throw failure(.invalidLiteral, at, text, frame) }
                type.pointee = BSONType.bool.rawValue
                to.pointee = 0
                to += 1
                at += 5

            case UInt8(ascii: "n"):
                guard Self.matches(at, end, "null") else { throw failure(.invalidLiteral, at, text, frame) }
                type.pointee = BSONType.null.rawValue
                at += 4

            default:
                throw failure(.unexpectedCharacter, at, text, frame)
            }

            // 3. What stands behind it.
            while true {
                frame.pointee.count &+= 1
                if isInLoneValue, frame == frames {
                    to = finish(frame, to)
                    break members
                }
                guard Self.skipSpace(&at, end, &byte) else { throw failure(.unexpectedEnd, at, text, frame) }
                if byte == UInt8(ascii: ",") {
                    at += 1
                    guard Self.skipSpace(&at, end, &byte) else { throw failure(.unexpectedEnd, at, text, frame) }
                    continue members
                }
                guard byte == (frame.pointee.isArray ? UInt8(ascii: "]") : UInt8(ascii: "}")) else {
                    throw failure(.unexpectedCharacter, at, text, frame)
                }
                at += 1
                to = finish(frame, to)
                guard to - output <= Int(Int32.max) else { throw failure(.tooLarge, at, text, frame) }
                keyCount = frame.pointee.firstKey
                if frame == frames { break members }
                let closed = frame
                frame -= 1
                if closed.pointee.wrapper != .none {
                    let isTooDeepForScope = closed - frames > deepestFrame
                    guard let end = unwrap(closed, to, in: frame, isTooDeepForScope: isTooDeepForScope) else {
                        throw failure(.invalidWrapper, text + closed.pointee.textOffset, text, frame)
                    }
                    to = end
                } else if closed - frames == deepestFrame + 1 {
                    throw failure(.tooDeep, text + closed.pointee.textOffset, text, frame)
                } else if closed.pointee.holdsWrapped {
                    frame.pointee.childHoldsWrapped = true
                }
            }
        }
        try expectEnd(at, end, text)
        return to - output
    }

    /// Ends the frame's document: the NUL behind its members and the length before them.
    @inline(__always)
    private func finish(
        _ frame: UnsafeMutablePointer<Frame>, _ to: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        to.pointee = 0
        let start = output + frame.pointee.start
        Self.store(Int32(truncatingIfNeeded: to + 1 - start), start)
        return to + 1
    }

    private func expectEnd(
        _ at: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ text: UnsafePointer<UInt8>
    ) throws(JSONError) {
        var at = at
        var byte: UInt8 = 0
        if Self.skipSpace(&at, end, &byte) {
            throw JSONError(kind: .trailingBytes, byteOffset: at - text, line: Self.line(of: at, in: text))
        }
    }

    /// Moves to the next byte that is not white space; false at the end.
    @inline(__always)
    private static func skipSpace(
        _ at: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ byte: inout UInt8
    ) -> Bool {
        while at < end {
            byte = at.pointee
            if byte > 0x20 { return true }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return true }
            at += 1
        }
        return false
    }

    @inline(__always)
    private static func matches(
        _ at: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ literal: StaticString
    ) -> Bool {
        let byteCount = literal.utf8CodeUnitCount
        return end - at >= byteCount && memcmp(at, literal.utf8Start, byteCount) == 0
    }

    @inline(__always)
    static func store<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer, _ to: UnsafeMutablePointer<UInt8>)
    {
        UnsafeMutableRawPointer(to).storeBytes(of: value.littleEndian, as: Integer.self)
    }

    /// Writes an array element's name, its index in decimal digits, and the NUL behind it.
    @inline(__always)
    private static func writeIndexName(
        _ index: Int, _ to: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        if index < 10 {
            to[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: index)
            to[1] = 0
            return to + 2
        }
        var digits = 2
        var bound = 100
        while bound <= index {
            digits += 1
            bound *= 10
        }
        var rest = index
        var position = digits
        while position > 0 {
            position -= 1
            to[position] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        to[digits] = 0
        return to + digits + 1
    }
}
