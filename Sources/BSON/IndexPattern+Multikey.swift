import Glibc

extension IndexPattern {
    /// How far a part has come on its path.
    private enum Progress {
        /// At its end; nil is missing.
        case arrived(RawValue?)
        /// Before an array.
        case atArray(RawDocument, FieldPathCursor)
    }

    /// The slow way, for documents with arrays: collects the keys in `scratch`, sorts them, and gives each once.
    func forEachMultikey<E>(
        of document: RawDocument, scratch: inout [UInt8], _ body: (UnsafeRawBufferPointer) throws(E) -> Void
    ) throws(E) {
        scratch.removeAll(keepingCapacity: true)
        var ends: [Int] = []
        withCursors { cursors in
            let progress = cursors.map { IndexPattern.advance(document, $0) }
            expand(progress, into: &scratch, ends: &ends)
        }
        try scratch.withUnsafeBufferPointer { (bytes: UnsafeBufferPointer<UInt8>) throws(E) in
            var keys: [UnsafeRawBufferPointer] = []
            keys.reserveCapacity(ends.count)
            var start = 0
            for end in ends {
                keys.append(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[start..<end])))
                start = end
            }
            keys.sort { Order.compareBytes($0, $1) < 0 }
            for (index, key) in keys.enumerated() where index == 0 || Order.compareBytes(keys[index - 1], key) != 0 {
                try body(key)
            }
        }
    }

    /// Whether two parts go through different arrays at once, which would need a key for every pair of elements.
    public func hasParallelArrays(in document: RawDocument) -> Bool {
        withCursors { cursors in
            parallelArrays(cursors.map { IndexPattern.advance(document, $0) })
        }
    }

    private func parallelArrays(_ progress: [Progress]) -> Bool {
        guard let array = IndexPattern.firstArray(progress) else { return false }
        for case .atArray(let other, _) in progress where other.base != array.base { return true }
        var elements = array.elements
        while let element = elements.next() {
            if parallelArrays(IndexPattern.enter(progress, array: array, element: element.value)) { return true }
        }
        return false
    }

    private func expand(_ progress: [Progress], into scratch: inout [UInt8], ends: inout [Int]) {
        guard let array = IndexPattern.firstArray(progress) else {
            return encodeKey(progress, into: &scratch, ends: &ends)
        }
        // Another array cannot be gone through as well, so it stands for itself.
        let single = progress.map { (part: Progress) -> Progress in
            guard case .atArray(let other, let rest) = part, other.base != array.base else { return part }
            return .arrived(rest.remaining > 0 ? nil : RawValue(type: .array, base: other.base))
        }
        if array.isEmpty {
            let emptied = single.map { (part: Progress) -> Progress in
                guard case .atArray(_, let rest) = part else { return part }
                return .arrived(rest.remaining > 0 ? nil : RawValue(type: .undefined, base: array.base))
            }
            return encodeKey(emptied, into: &scratch, ends: &ends)
        }
        var elements = array.elements
        while let element = elements.next() {
            expand(IndexPattern.enter(single, array: array, element: element.value), into: &scratch, ends: &ends)
        }
    }

    private func encodeKey(_ progress: [Progress], into scratch: inout [UInt8], ends: inout [Int]) {
        let start = scratch.count
        var isPresent = false
        for (part, progress) in zip(parts, progress) {
            guard case .arrived(let value) = progress else { continue }
            if value != nil { isPresent = true }
            KeyEncoder.encode(value, descending: part.descending, limit: componentLimit, into: &scratch)
        }
        if sparse && !isPresent {
            scratch.removeSubrange(start...)
        } else {
            ends.append(scratch.count)
        }
    }

    private static func firstArray(_ progress: [Progress]) -> RawDocument? {
        for case .atArray(let array, _) in progress { return array }
        return nil
    }

    /// Goes on from one element of `array` with the parts that wait before it.
    private static func enter(_ progress: [Progress], array: RawDocument, element: RawValue) -> [Progress] {
        progress.map { part in
            guard case .atArray(let other, let rest) = part, other.base == array.base else { return part }
            // At the end of a path an element is taken as it is, even if it is an array.
            if rest.remaining == 0 { return .arrived(element) }
            guard element.tag == BSONType.document.rawValue else { return .arrived(nil) }
            return advance(RawDocument(element.base), rest)
        }
    }

    private static func advance(_ document: RawDocument, _ components: FieldPathCursor) -> Progress {
        let (value, rest) = walk(document, components)
        if let value, value.tag == BSONType.array.rawValue { return .atArray(RawDocument(value.base), rest) }
        return .arrived(value)
    }

    /// Lends a cursor into the path of every part.
    private func withCursors<R>(_ body: ([FieldPathCursor]) -> R) -> R {
        func lend(_ index: Int, _ cursors: [FieldPathCursor]) -> R {
            if index == parts.count { return body(cursors) }
            return parts[index].path.withComponents { lend(index + 1, cursors + [$0]) }
        }
        return lend(0, [])
    }
}
