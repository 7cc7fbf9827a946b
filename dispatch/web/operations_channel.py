"""The operations of signing in, proof pictures and GPS apps, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.application.uploads import KINDS, MAX_BYTES, MEDIA_TYPES
from dispatch.web import bodies_channel as b
from dispatch.web import routes_devices as devices
from dispatch.web import routes_ingest as ingest
from dispatch.web import routes_signin as signin
from dispatch.web import routes_uploads as uploads
from dispatch.web.bodies import PendingRequest
from dispatch.web.call import Operation, Query

_TOO_MANY = {429: "Too many; Retry-After says when again."}
_LENGTH = Query("Upload-Length", "integer", f"How many bytes the picture has, at most {MAX_BYTES}.")
_OFFSET = Query("Upload-Offset", "integer", "Where the piece begins: where the upload ends.")
_REPORT = {
    400: "No device key.",
    404: "The device key is not known.",
    408: "The body came too slowly.",
    413: "The body is too large.",
    415: "The body is neither a form nor JSON.",
    422: "No place or time can be so.",
    **_TOO_MANY,
}
_KEY = Query("id", "string", "The device key; also as `deviceid`.")

SIGN_IN_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/sign-in/codes",
        "requestCode",
        "Send a one-time code to a courier's phone; the answer does not tell whether the number is known",
        signin.request_code,
        None,
        {202: b.CodeTaken},
        body=b.CodeWish,
        refusals=_TOO_MANY,
    ),
    Operation(
        "POST",
        "/v1/sign-in",
        "signIn",
        "A courier's token for a phone number and the code that was sent to it",
        signin.sign_in,
        None,
        {200: b.SignedIn},
        body=b.SignInBody,
        refusals={401: "The code is wrong or has expired.", 403: "The account may not ride.", **_TOO_MANY},
    ),
    Operation(
        "POST",
        "/v1/tokens/refresh",
        "refreshToken",
        "A fresh token for a courier who is signed in",
        signin.refresh_token,
        Action.REFRESH_TOKEN,
        {200: b.FreshToken},
    ),
)

TICKET_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/socket-tickets",
        "issueTicket",
        "A one-time ticket that a page says in the first message of a socket instead of a token",
        signin.issue_ticket,
        Action.OPEN_SOCKET,
        {201: b.SocketTicket},
    ),
)

UPLOAD_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "HEAD",  # before GET, which would answer it as well
        "/v1/uploads/{id}",
        "readUploadProgress",
        "How far an upload got: Upload-Offset of Upload-Length",
        uploads.read_progress,
        Action.UPLOAD_PROOF,
        {200: None},
    ),
    Operation(
        "POST",
        "/v1/uploads/{id}",
        "beginUpload",
        "Begin the upload of a proof picture under an id that the phone chose, or find how far it got",
        uploads.begin_upload,
        Action.UPLOAD_PROOF,
        {200: None, 201: None},
        query=(
            Query("order_id", "string", "The order that the picture belongs to."),
            Query("kind", "string", f"What it shows: {' or '.join(KINDS)}."),
        ),
        headers=(_LENGTH,),
        refusals={
            400: "Upload-Length is no number.",
            409: "Another upload has this id.",
            413: "The picture is too large.",
            415: f"The Content-Type is none of {', '.join(MEDIA_TYPES)}.",
            **_TOO_MANY,
        },
    ),
    Operation(
        "PATCH",
        "/v1/uploads/{id}",
        "addPiece",
        "Add a piece to an upload",
        uploads.add_piece,
        Action.UPLOAD_PROOF,
        {204: None},
        headers=(_OFFSET,),
        takes=(uploads.PIECE,),
        refusals={409: "The upload ends elsewhere; Upload-Offset says where."},
    ),
    Operation(
        "GET",
        "/v1/uploads/{id}",
        "readUpload",
        "A proof picture",
        uploads.read_picture,
        Action.READ_PROOF,
        {200: None},
        gives=MEDIA_TYPES,
    ),
)

DEVICE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/couriers/{id}/devices",
        "addDevice",
        "A key with which a GPS app reports for a courier; it is told here only",
        devices.add_device,
        Action.MANAGE_DEVICES,
        {201: b.DeviceKey},
        body=b.DeviceBody,
    ),
    Operation(
        "DELETE",
        "/v1/couriers/{id}/devices",
        "revokeDevices",
        "Revoke every device key of a courier",
        devices.revoke_devices,
        Action.MANAGE_DEVICES,
        {200: b.Revoked},
    ),
    Operation(
        "POST",
        "/v1/couriers/{id}/duty",
        "setDuty",
        "Put a courier on duty, on a break, or off duty",
        devices.set_duty,
        Action.SET_DUTY,
        {200: b.DutyShown, 202: PendingRequest},
        body=b.DutyBody,
    ),
)

INGEST_OPERATIONS: tuple[Operation, ...] = (
    *(
        Operation(
            method,
            "/v1/ingest/osmand",
            f"{method.lower()}Osmand",
            "A report of OsmAnd or Traccar Client: a place, or a sign of life without one",
            ingest.osmand,
            None,
            {200: None},
            query=(_KEY, *(Query(name, "string", "See OsmAnd's protocol.") for name in ("lat", "lon", "timestamp"))),
            takes=(ingest.FORM, ingest.JSON) if method == "POST" else (),
            refusals=_REPORT,
        )
        for method in ("GET", "POST")
    ),
    *(
        Operation(
            method,
            "/v1/ingest/gpslogger",
            f"{method.lower()}Gpslogger",
            "A report of GPSLogger's custom URL",
            ingest.gpslogger,
            None,
            {200: None},
            query=(_KEY, *(Query(name, "string", "As GPSLogger names it.") for name in ("lat", "lon", "time"))),
            takes=(ingest.FORM,) if method == "POST" else (),
            refusals=_REPORT,
        )
        for method in ("GET", "POST")
    ),
    Operation(
        "POST",
        "/v1/ingest/owntracks",
        "postOwntracks",
        "A message of OwnTracks (Basic auth with a device key); the answer may set waypoints",
        ingest.owntracks,
        None,
        {200: None},
        takes=(ingest.JSON,),
        gives=(ingest.JSON,),
        refusals={401: "The device key is not known.", **_TOO_MANY},
    ),
)

CHANNEL_OPERATIONS = (
    *SIGN_IN_OPERATIONS,
    *TICKET_OPERATIONS,
    *UPLOAD_OPERATIONS,
    *DEVICE_OPERATIONS,
    *INGEST_OPERATIONS,
)
