internal import BSON

extension Admission {
    /// Casts one present, non-null value to what its field declares, checks the field's rules and writes it.
    mutating func cast(
        _ value: RawValue, _ leaf: FieldTree.Leaf, _ name: UnsafeRawBufferPointer, _ writer: inout DocumentWriter
    ) {
        switch leaf.shape {
        case .array(let element): return castArray(value, element, name, &writer)
        case .object(let members): return castObject(value, members, name, inArray: false, &writer)
        case .scalar: break
        }
        switch leaf.field.kind {
        case .string: castString(value, leaf, name, &writer)
        case .number: castNumber(value, leaf, name, &writer)
        case .boolean:
            guard let flag = boolean(value) else { return refuse(.cast, shown(value, leaf), "must be true or false") }
            writer.append(name, flag)
        case .date:
            guard let date = date(value) else {
                return refuse(.cast, shown(value, leaf), "must be an RFC 3339 date or milliseconds since 1970")
            }
            writer.append(name, date)
        case .objectID:
            guard let id = objectID(value) else {
                return refuse(.cast, shown(value, leaf), "must be an ObjectId: 24 hexadecimal digits")
            }
            writer.append(name, id)
        case .mixed, .array, .object: writer.append(name, value)
        }
    }

    // MARK: Text

    private mutating func castString(
        _ value: RawValue, _ leaf: FieldTree.Leaf, _ name: UnsafeRawBufferPointer, _ writer: inout DocumentWriter
    ) {
        if leaf.isCopied, let utf8 = value.utf8 {
            if check(utf8, leaf) { writer.append(name, value) }
            return
        }
        let field = leaf.field
        guard let given = castText(value) else { return refuse(.cast, shown(value, leaf), "must be text") }
        var text = field.normalized(given)
        var isSound = true
        text.withUTF8 { isSound = check(UnsafeRawBufferPointer($0), leaf) }
        guard isSound else { return }
        switch field.privacy {
        case .password: writer.append(name, isHash(text) ? text : secrets.password(text))
        case .token: writer.append(name, secrets.token(text))
        case .open, .personal: writer.append(name, text)
        }
    }

    /// The rules for text.
    private mutating func check(_ utf8: UnsafeRawBufferPointer, _ leaf: FieldTree.Leaf) -> Bool {
        let field = leaf.field
        if field.isRequired, utf8.isEmpty {
            refuse(.required, nil, "is required and empty")
            return false
        }
        if let limit = field.maxLength, utf8.count > limit, utf16Count(utf8) > limit {
            refuseText(.maxLength, utf8, field, "has \(utf16Count(utf8)) characters, at most \(limit) fit")
            return false
        }
        if let least = field.minLength, utf16Count(utf8) < least, !isHash(String(decoding: utf8, as: UTF8.self)) {
            refuse(.minimum, nil, "must be at least \(least) characters")
            return false
        }
        if !leaf.allowed.isEmpty, !leaf.allowed.contains(where: { matches($0, utf8) }) {
            refuseText(.oneOf, utf8, field, "must be one of: " + field.allowed.joined(separator: ", "))
            return false
        }
        if let format = field.format, !format.fits(utf8) {
            refuseText(.format, utf8, field, format.description)
            return false
        }
        return true
    }

    /// What a refusal shows of a value: nothing where it is personal or a secret, since refusals are logged and passed on.
    private func shown(_ value: RawValue, _ leaf: FieldTree.Leaf) -> RawValue? { leaf.isWithheld ? nil : value }

    private mutating func refuseText(
        _ rule: Refusal.Rule, _ utf8: UnsafeRawBufferPointer, _ field: FieldDescriptor, _ message: String
    ) {
        let shown = field.privacy == .open ? String(decoding: utf8, as: UTF8.self) : nil
        problems.append(Refusal(rule, place.text, value: shown, message))
    }

    // MARK: Numbers

    private mutating func castNumber(
        _ value: RawValue, _ leaf: FieldTree.Leaf, _ name: UnsafeRawBufferPointer, _ writer: inout DocumentWriter
    ) {
        let number: Double
        switch value.type {
        case .int32, .int64, .double: number = value.double ?? 0
        case .string, .decimal128:
            let text = value.decimal128?.description ?? value.string ?? ""
            guard let exact = numeric(text) else { return refuse(.cast, shown(value, leaf), "must be a number") }
            switch exact {
            case .integer(let integer):
                if inRange(Double(integer), leaf, value) { append(integer, name, &writer) }
            case .double(let double):
                if inRange(double, leaf, value) { writer.append(name, double) }
            }
            return
        case .bool: return append(value.bool == true ? 1 : 0, name, &writer)
        default: return refuse(.cast, shown(value, leaf), "must be a number")
        }
        guard number.isFinite else { return refuse(.cast, shown(value, leaf), "must be a finite number") }
        guard inRange(number, leaf, value) else { return }
        // A caller's integer is Int32 or Int64, anything else Double.
        if value.type == .double { writer.append(name, value) } else { append(value.int64 ?? 0, name, &writer) }
    }

    private func append(_ integer: Int64, _ name: UnsafeRawBufferPointer, _ writer: inout DocumentWriter) {
        if let small = Int32(exactly: integer) { writer.append(name, small) } else { writer.append(name, integer) }
    }

    private mutating func inRange(_ number: Double, _ leaf: FieldTree.Leaf, _ value: RawValue) -> Bool {
        let field = leaf.field
        if let minimum = field.minimum, number < minimum {
            refuse(.minimum, shown(value, leaf), "must be at least \(plain(minimum))")
            return false
        }
        if let maximum = field.maximum, number > maximum {
            refuse(.maximum, shown(value, leaf), "must be at most \(plain(maximum))")
            return false
        }
        return true
    }

    private func plain(_ number: Double) -> String { Int64(exactly: number).map { String($0) } ?? String(number) }

    // MARK: Arrays and sub-documents

    private mutating func castArray(
        _ value: RawValue, _ element: FieldTree.Leaf, _ name: UnsafeRawBufferPointer, _ writer: inout DocumentWriter
    ) {
        guard value.type == .array, let array = value.document else {
            // As mongoose: a single value becomes an array of one.
            guard value.type != .document || element.field.kind.isObject else {
                return refuse(.cast, shown(value, element), "must be an array")
            }
            writer.beginArray(name)
            castElement(value, element, 0, "0", &writer)
            writer.end()
            return
        }
        writer.beginArray(name)
        var index = 0
        array.forEach { name, value in
            castElement(value, element, index, name, &writer)
            index += 1
        }
        writer.end()
    }

    /// `name`: the index as text.
    mutating func castElement(
        _ value: RawValue, _ element: FieldTree.Leaf, _ index: Int, _ name: some FieldName,
        _ writer: inout DocumentWriter
    ) {
        if value.isNull { return writer.appendNull(name) }
        place.steps.append(.index(index))
        withName(name) { name in
            if case .object(let members) = element.shape {
                castObject(value, members, name, inArray: true, &writer)
            } else {
                cast(value, element, name, &writer)
            }
        }
        place.steps.removeLast()
    }

    private func withName(_ name: some FieldName, _ body: (UnsafeRawBufferPointer) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: max(1, name.nameByteCount), alignment: 1) { bytes in
            guard let base = bytes.baseAddress else { return }
            name.writeName(to: base)
            body(UnsafeRawBufferPointer(rebasing: bytes[..<name.nameByteCount]))
        }
    }

    private mutating func castObject(
        _ value: RawValue, _ members: FieldTree, _ name: UnsafeRawBufferPointer, inArray: Bool,
        _ writer: inout DocumentWriter
    ) {
        guard value.type == .document, let document = value.document else {
            return refuse(.cast, members.isWithheld ? nil : value, "must be an object")
        }
        writer.beginDocument(name)
        if inArray {
            if let given = document.value(named: "_id"), let id = objectID(given) {
                writer.append("_id", id)
            } else {
                writer.append("_id", derivedID())
            }
        }
        var lookup = OrderedLookup(document)
        for member in members.nodes {
            guard let leaf = member.leaf else { continue }
            place.steps.append(.name(leaf.field.name))
            member.name.withUnsafeBytes { name in
                if let value = lookup.value(member), !value.isNull {
                    cast(value, leaf, name, &writer)
                } else if leaf.field.defaultValue != nil {
                    appendDefault(leaf.field, name, &writer)
                } else if leaf.field.isRequired {
                    refuse(.required, nil, "is required")
                }
            }
            place.steps.removeLast()
        }
        // What no one declares stays in the event; the template leaves it out of the document.
        document.forEach { name, value in
            if members.node(named: name) == nil, !(inArray && isSubdocumentID(name)) { writer.append(name, value) }
        }
        writer.end()
    }
}

extension FieldKind {
    var isObject: Bool { if case .object = self { true } else { false } }
}
