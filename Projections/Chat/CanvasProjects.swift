public import BSON
public import Schema

extension EventName {
    public static let canvasProjectCreated: EventName = "canvasProject.created"
    public static let canvasProjectChanged: EventName = "canvasProject.changed"
    public static let canvasProjectArchived: EventName = "canvasProject.archived"
    public static let canvasProjectDeleted: EventName = "canvasProject.deleted"
    public static let canvasProjectRestored: EventName = "canvasProject.restored"
    public static let canvasProjectPurged: EventName = "canvasProject.purged"
    public static let canvasProjectCollaboratorJoined: EventName = "canvasProject.collaboratorJoined"
    public static let canvasProjectCollaboratorLeft: EventName = "canvasProject.collaboratorLeft"
    public static let canvasProjectCollaboratorRoleChanged: EventName = "canvasProject.collaboratorRoleChanged"
    public static let canvasProjectFileAdded: EventName = "canvasProject.fileAdded"
    public static let canvasProjectFileRemoved: EventName = "canvasProject.fileRemoved"
    public static let canvasProjectEdited: EventName = "canvasProject.edited"
}

/// Projects on a canvas that users work on together, with the counts of their files and edits.
public enum ChatCanvasProjects: Collection {
    public static let name = "chatcanvasprojects"
    public static let number: CollectionNumber = 9
    public static let summary =
        "A project on a canvas: owner, state, collaborators and their roles, settings, activity."

    // MARK: What it stores

    public struct Collaborator: FieldSet {
        public let userID = Field.reference("userId", to: "users").required()
        public let role = Field.string("role").oneOf("owner", "editor", "viewer").defaulting(to: "viewer")
        public let joinedAt = Field.date("joinedAt").defaultingToNow()
        public init() {}
    }
    public static let collaborator = Collaborator()

    public struct Fields: FieldSet {
        public let projectID = Field.string("projectId").required().generated(prefix: "proj_")
            .changed(by: "canvasProject.created")
        /// The owner.
        public let userID = Field.reference("userId", to: "users").required().changed(by: "canvasProject.created")
        public let name = Field.string("name").required().atMost(100).personal()
        public let description = Field.string("description").atMost(500).personal()
        public let template = Field.string("template")
            .oneOf("blank", "research", "brainstorm", "planning", "education").defaulting(to: "blank")
        public let status = Field.string("status").oneOf("active", "archived", "deleted").defaulting(to: "active")
            .changed(by: "canvasProject.archived, canvasProject.deleted, canvasProject.restored")
        /// Each user once, at most `settings.maxCollaborators`.
        public let collaborators = Field.objects("collaborators", of: Collaborator())
            .changed(by: ChatCanvasProjects.collaboratorEvents)
        public let isPublic = Field.boolean("settings.isPublic").defaulting(to: false)
        public let allowComments = Field.boolean("settings.allowComments").defaulting(to: true)
        public let maxCollaborators = Field.integer("settings.maxCollaborators").within(1...50).defaulting(to: 10)
        public let totalFiles = Field.counter(
            "stats.totalFiles", by: "canvasProject.fileAdded, canvasProject.fileRemoved")
        public let totalEdits = Field.counter("stats.totalEdits", by: "canvasProject.edited")
        public let lastActivity = Field.date("stats.lastActivity").defaultingToNow()
            .derived(by: "canvasProject.fileAdded, canvasProject.fileRemoved, canvasProject.edited")
        public let createdAt = Field.timestamp("createdAt")
        public let updatedAt = Field.timestamp("updatedAt")
        public init() {}
    }
    public static let field = Fields()

    private static let collaboratorEvents = """
        canvasProject.collaboratorJoined, canvasProject.collaboratorLeft, canvasProject.collaboratorRoleChanged
        """

    public static let indexes = [
        Index(field.projectID).unique(),
        Index(field.userID, field.createdAt.descending),
        Index(field.template),
        Index(field.status),
        Index(field.isPublic),
        Index(field.lastActivity.descending),
    ]

    // MARK: What may happen

    public struct Created: FieldSet {
        public let status = Field.string("status").oneOf("active").defaulting(to: "active")
        public init() {}
    }
    public static let created = Created()

    /// A fact about a project that needs nothing but its name.
    public struct Named: FieldSet {
        public let projectID = Field.string("projectId").required()
        public init() {}
    }
    public static let named = Named()

    public struct Joined: FieldSet {
        public let projectID = Field.string("projectId").required()
        public let userID = Field.reference("userId", to: "users").required()
        public let role = Field.string("role").oneOf("owner", "editor", "viewer").defaulting(to: "viewer")
        public let joinedAt = Field.date("joinedAt").defaultingToNow()
        public init() {}
    }
    public static let joined = Joined()

    public struct Left: FieldSet {
        public let projectID = Field.string("projectId").required()
        public let userID = Field.reference("userId", to: "users").required()
        public init() {}
    }
    public static let left = Left()

    public struct RoleChanged: FieldSet {
        public let projectID = Field.string("projectId").required()
        public let userID = Field.reference("userId", to: "users").required()
        public let role = Field.string("role").required().oneOf("owner", "editor", "viewer")
        public init() {}
    }
    public static let roleChanged = RoleChanged()

    /// Work on the canvas. Which file it was is kept in the event; the document counts.
    public struct Work: FieldSet {
        public let projectID = Field.string("projectId").required()
        /// Who did it, where known: the owner, or a collaborator who is no viewer.
        public let userID = Field.reference("userId", to: "users")
        public let fileID = Field.string("fileId")
        public let fileName = Field.string("fileName").personal()
        public init() {}
    }
    public static let work = Work()

    public struct Resolved: FieldSet {
        public let project = Field.objectID("project")
        /// The owner.
        public let user = Field.objectID("user")
        public let wasStatus = Field.string("was.status")
        public init() {}
    }
    public static let resolved = Resolved()

    public static let events = [
        Event.creation(
            .canvasProjectCreated, Self.self, stream: "canvasprojects", key: field.projectID,
            "A user begins a project, alone or with collaborators.", payload: created.descriptors,
            resolves: resolved, guard: create),
        Event.patch(
            .canvasProjectChanged, Self.self, stream: "canvasprojects", key: field.projectID,
            "Name, description, template or settings of an active project change.", resolves: resolved,
            guard: change),
        fact(.canvasProjectArchived, named, "An active project is put away: no more work until it is restored.") {
            move($0, from: ["active"])
        },
        fact(.canvasProjectDeleted, named, "A project is hidden from all, until it is restored or purged.") {
            move($0, from: ["active", "archived"])
        },
        fact(
            .canvasProjectRestored, named,
            "An archived project is active again; a deleted one is active or archived again, as it was."
        ) { move($0, from: ["archived", "deleted"]) },
        fact(.canvasProjectPurged, named, "A deleted project is removed.") { move($0, from: ["deleted"]) },
        fact(
            .canvasProjectCollaboratorJoined, joined,
            "A user joins an active project; refused where as many as settings.maxCollaborators are there.",
            guard: join),
        fact(
            .canvasProjectCollaboratorLeft, left,
            "A collaborator leaves a project, or is taken off it, also when it is archived.", guard: leave),
        fact(
            .canvasProjectCollaboratorRoleChanged, roleChanged,
            "A collaborator has another role in a project, also when it is archived.", guard: changeRole),
        fact(.canvasProjectFileAdded, work, "A file is added to an active project.") { _ = act($0) },
        fact(.canvasProjectFileRemoved, work, "A file of an active project is removed.", guard: removeFile),
        fact(.canvasProjectEdited, work, "Somebody edits the canvas or a file of an active project.") { _ = act($0) },
    ]

    private static func fact<Payload: FieldSet>(
        _ name: EventName, _ payload: Payload, _ summary: String, guard check: @escaping Event.Guard
    ) -> Event {
        .fact(
            name, payload, stream: "canvasprojects", key: named.projectID, summary, resolves: resolved, guard: check)
    }

    // MARK: What follows

    public static let follows: [EventName] = events.map(\.name)

    public static func apply(_ event: RecordedEvent, to projects: inout View<Self>) throws(Anomaly) {
        let id = event.resolved(resolved.project)
        switch event.type {
        case .canvasProjectCreated: try projects.insert()
        case .canvasProjectChanged: try projects.patch(id)
        case .canvasProjectArchived: try projects.update(id) { $0[field.status] = "archived" }
        case .canvasProjectDeleted:
            try projects.update(id) { project in
                project.keep("wasArchived", event.resolved(resolved.wasStatus) == "archived" ? 1 : 0)
                project[field.status] = "deleted"
            }
        case .canvasProjectRestored:
            try projects.update(id) { project in
                let isDeleted = event.resolved(resolved.wasStatus) == "deleted"
                project[field.status] = isDeleted && project.kept("wasArchived") == 1 ? "archived" : "active"
            }
        case .canvasProjectPurged: try projects.remove(id)
        case .canvasProjectCollaboratorJoined:
            try projects.update(id) { $0.push(.document(newCollaborator(event)), to: field.collaborators) }
        case .canvasProjectCollaboratorLeft:
            try projects.update(id) { project in
                let user = event[left.userID]
                project.pull(from: field.collaborators) { Self.user(of: $0) == user }
            }
        case .canvasProjectCollaboratorRoleChanged: try projects.update(id) { setRole(event, in: $0) }
        case .canvasProjectFileAdded: try projects.update(id) { count(1, as: field.totalFiles, event, in: $0) }
        case .canvasProjectFileRemoved: try projects.update(id) { count(-1, as: field.totalFiles, event, in: $0) }
        case .canvasProjectEdited: try projects.update(id) { count(1, as: field.totalEdits, event, in: $0) }
        default: throw projects.unexpected()
        }
    }

    private static func newCollaborator(_ event: RecordedEvent) -> Document {
        [
            "_id": .objectID(event.derivedID("collaborators")),
            "userId": event[joined.userID].map { .objectID($0) } ?? .null,
            "role": .string(event[joined.role] ?? "viewer"),
            "joinedAt": .dateTime(event[joined.joinedAt] ?? event.time),
        ]
    }

    private static func setRole(_ event: RecordedEvent, in project: borrowing Draft<Self>) {
        guard case .array(let elements)? = project[field.collaborators], let user = event[roleChanged.userID],
            let role = event[roleChanged.role]
        else { return }
        let changed = elements.map { element in
            guard case .document(let entry) = element, entry[collaborator.userID.path] == .objectID(user) else {
                return element
            }
            return .document(entry.setting("role", to: .string(role)))
        }
        project[field.collaborators] = .array(changed)
    }

    /// Whose place in the list of collaborators this is.
    static func user(of element: RawValue) -> ObjectID? { element.document?[collaborator.userID.path]?.objectID }

    private static func count(
        _ amount: Int64, as counter: Field<Int64>, _ event: RecordedEvent, in project: borrowing Draft<Self>
    ) {
        project.add(amount, to: counter)
        project.raise(field.lastActivity, to: event.time)
    }
}
