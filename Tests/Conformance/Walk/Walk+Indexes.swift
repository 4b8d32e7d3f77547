import Annals
import BSON
import Query
import Schema

/// Every declared index serves the queries that it is there for.
extension Walk {
    func walkIndex(_ index: IndexRules, _ model: CollectionModel) throws {
        let place = "\(model.name) \(index.name)"
        tally.visited(index: place)
        let documents = try world.documents(model.name)
        let isMultikey = index.parts.contains { isArray($0.path, model) }
        let isSecret = index.parts.contains { part in SecretFields.paths(model.fields, below: "").contains(part.path) }
        for (filter, note) in filters(index, documents, model) {
            for isAlong in [true, false] {
                let sort = Document(index.parts.map { ($0.path, .int32(Int32($0.direction * (isAlong ? 1 : -1)))) })
                // A secret cannot be asked for by the doors; inside, by its keyed hash alone.
                let words = isSecret ? nil : model
                let find = Find(
                    model, filter: try Filter(filter, model: words), sort: try SortOrder(sort, model: words))
                try check(find, index, isAlong ? "along" : "against", place, note, isMultikey: isMultikey)
            }
        }
        let kind = isSecret ? ", by its keyed hash" : ""
        tally.note(place, "queried in both directions\(kind)\(isMultikey ? ", sorted in memory: over arrays" : "")")
    }

    private func check(
        _ find: Find, _ index: IndexRules, _ direction: String, _ place: String, _ note: String, isMultikey: Bool
    ) throws {
        let explained = try find.explain()
        let plan = JSON.string(explained, style: .relaxed)
        let stages = Self.stages(explained)
        let used = stages.first { $0["stage"] == "IXSCAN" }
        let name: String? = used?["indexName"]?.text
        tally.check(
            name.map { isServed(index, by: $0, find.model, isGiven: note == "equality") } ?? false,
            "index used, \(direction)", place,
            "\(note): \(plan)")
        let isSorted = !stages.contains { $0["stage"] == "SORT" }
        if !isMultikey { tally.check(isSorted, "index in order, \(direction)", place, "\(note): \(plan)") }
        var scan = find
        scan.hint = .collectionScan
        let (found, scanned) = (try ids(find), try ids(scan))
        tally.check(!found.isEmpty, "index finds", place, "\(note): nothing")
        tally.check(
            Set(found) == Set(scanned), "index finds what a scan finds", place,
            "\(note): \(found.count), \(scanned.count)")
        tally.check(
            try sortKeys(found, index, find.model) == sortKeys(scanned, index, find.model), "order of a scan", place,
            note)
    }

    /// Equality on all fields but the last, and a range of that; and equality on all.
    private func filters(_ index: IndexRules, _ documents: [Document], _ model: CollectionModel) -> [(Document, String)]
    {
        let paths = index.parts.map(\.path)
        func given(_ document: Document, _ path: String) -> Value? {
            let value =
                document.value(at: Self.firstElement(path, isArray: isArray(path, model)))
                ?? document.value(at: path)
            if case .array(let elements)? = value { return elements.first }
            return value == .null ? nil : value
        }
        guard let document = documents.first(where: { document in paths.allSatisfy { given(document, $0) != nil } })
        else {
            tally.check(false, "index finds", "\(model.name) \(index.name)", "no document has all of its fields")
            return []
        }
        let values = paths.compactMap { path in given(document, path).map { (path, $0) } }
        let range = values.dropLast() + values.suffix(1).map { ($0.0, ["$gte": $0.1]) }
        let whole = values.dropLast() + values.suffix(1).map { ($0.0, ["$lte": $0.1]) }
        return [
            (Document(range), "a range from below"), (Document(whole), "a range from above"),
            (Document(values), "equality"),
        ]
    }

    private func isArray(_ path: String, _ model: CollectionModel) -> Bool {
        model.fields.contains { field in
            if case .array = field.kind { path == field.name || path.hasPrefix(field.name + ".") } else { false }
        }
    }

    private static func firstElement(_ path: String, isArray: Bool) -> String {
        guard isArray, let dot = path.lastIndex(of: ".") else { return isArray ? path + ".0" : path }
        return path[..<dot] + ".0" + path[dot...]
    }

    /// The index itself, or one that begins with its fields, all in the same or all in the other direction. Where all
    /// fields are given, one that begins with them in another order is as good.
    private func isServed(_ index: IndexRules, by name: String, _ model: CollectionModel, isGiven: Bool) -> Bool {
        guard let other = model.indexes.first(where: { $0.name == name }) else { return false }
        guard other.parts.count >= index.parts.count else { return false }
        if isGiven, Set(other.parts.prefix(index.parts.count).map(\.name)) == Set(index.parts.map(\.path)) {
            return true
        }
        let turns = zip(other.parts, index.parts).map { $0.isDescending == ($1.direction == -1) }
        return zip(other.parts, index.parts).allSatisfy { $0.name == $1.path } && Set(turns).count == 1
    }

    private static func stages(_ explained: Document) -> [Document] {
        var stages: [Document] = []
        var stage = explained["queryPlanner.winningPlan"]
        while case .document(let document)? = stage {
            stages.append(document)
            stage = document["inputStage"]
        }
        return stages
    }

    private func ids(_ find: Find) throws -> [ObjectID] {
        var ids: [ObjectID] = []
        try world.store.read { snapshot in
            try find.run(snapshot) { document in
                if let id = document.value(named: "_id")?.objectID { ids.append(id) }
                return true
            }
        }
        return ids
    }

    /// What the documents are sorted by: documents that are equal in it may come in either order.
    private func sortKeys(_ ids: [ObjectID], _ index: IndexRules, _ model: CollectionModel) throws -> [[Value?]] {
        try ids.map { id in
            let document = try world.document(model.name, id)
            return index.parts.map { document?.value(at: $0.path) }
        }
    }
}
