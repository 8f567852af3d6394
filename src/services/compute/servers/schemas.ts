import { Type, type Static } from 'typebox';

/** Nova takes booleans also as text. */
const Truth = Type.Union([
  Type.Boolean(),
  Type.String({ pattern: '^(?:[Tt]rue|TRUE|[Ff]alse|FALSE|1|0|[Yy]es|[Nn]o|[Oo]n|[Oo]ff|)$' }),
]);
const Count = Type.Union([
  Type.Integer({ minimum: 1, maximum: 1000 }),
  Type.String({ pattern: '^0*[1-9][0-9]{0,2}$' }),
]);
const Uuid = Type.String({ format: 'uuid' });
export const Metadata = Type.Record(Type.String(), Type.String());
const Nullable = (schema: ReturnType<typeof Type.String>) => Type.Union([schema, Type.Null()]);
const DiskConfig = Type.Union([Type.Literal('AUTO'), Type.Literal('MANUAL')]);
const Description = Nullable(Type.String({ maxLength: 255 }));
const Tag = Type.String({ minLength: 1, maxLength: 60 });
/** `checkHostname` says what it may hold, which depends on the microversion. */
export const Hostname = Type.String({ minLength: 1, maxLength: 255 });

const Network = Type.Object(
  {
    uuid: Type.Optional(Uuid),
    port: Type.Optional(Type.Union([Uuid, Type.Null()])),
    fixed_ip: Type.Optional(Type.String({ maxLength: 45 })),
    tag: Type.Optional(Tag),
  },
  { additionalProperties: false },
);

const BlockDevice = Type.Object({
  uuid: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  source_type: Type.Optional(Type.String()),
  destination_type: Type.Optional(Type.String()),
  boot_index: Type.Optional(Type.Union([Type.Integer(), Type.String(), Type.Null()])),
  tag: Type.Optional(Tag),
  volume_type: Type.Optional(Nullable(Type.String({ maxLength: 255 }))),
});

const hints = Type.Optional(Type.Record(Type.String(), Type.Unknown()));

/** The members that every microversion may send; `NewServerMembers` says which came later. */
export const CreateServerBody = Type.Object(
  {
    server: Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: 255 }),
        imageRef: Type.Optional(Type.String({ maxLength: 1024 })),
        flavorRef: Type.Union([
          Type.String({ minLength: 1, maxLength: 1024 }),
          Type.Integer({ minimum: 0 }),
        ]),
        adminPass: Type.Optional(Type.String({ maxLength: 255 })),
        metadata: Type.Optional(Metadata),
        networks: Type.Optional(
          Type.Union([
            Type.Array(Network, { maxItems: 64 }),
            Type.Literal('auto'),
            Type.Literal('none'),
          ]),
        ),
        'OS-DCF:diskConfig': Type.Optional(DiskConfig),
        accessIPv4: Type.Optional(Type.String({ maxLength: 45 })),
        accessIPv6: Type.Optional(Type.String({ maxLength: 45 })),
        personality: Type.Optional(Type.Array(Type.Unknown())),
        config_drive: Type.Optional(Type.Union([Truth, Type.Null()])),
        key_name: Type.Optional(Nullable(Type.String({ minLength: 1, maxLength: 255 }))),
        min_count: Type.Optional(Count),
        max_count: Type.Optional(Count),
        return_reservation_id: Type.Optional(Truth),
        security_groups: Type.Optional(
          Type.Array(Type.Object({ name: Type.String({ minLength: 1, maxLength: 255 }) }), {
            maxItems: 100,
          }),
        ),
        user_data: Type.Optional(Type.Union([Type.String(), Type.Null()])),
        availability_zone: Type.Optional(Nullable(Type.String({ minLength: 1, maxLength: 255 }))),
        block_device_mapping: Type.Optional(Type.Array(Type.Unknown())),
        block_device_mapping_v2: Type.Optional(Type.Array(BlockDevice)),
        description: Type.Optional(Description),
        hostname: Type.Optional(Hostname),
        tags: Type.Optional(Type.Array(Tag)),
        trusted_image_certificates: Type.Optional(
          Type.Union([Type.Array(Type.String()), Type.Null()]),
        ),
        host: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
        hypervisor_hostname: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
        'os:scheduler_hints': hints,
        'OS-SCH-HNT:scheduler_hints': hints,
      },
      { additionalProperties: false },
    ),
    'os:scheduler_hints': hints,
    'OS-SCH-HNT:scheduler_hints': hints,
  },
  { additionalProperties: false },
);
export type CreateServer = Static<typeof CreateServerBody>['server'];

export const UpdateServerBody = Type.Object(
  {
    server: Type.Object(
      {
        name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
        accessIPv4: Type.Optional(Nullable(Type.String({ maxLength: 45 }))),
        accessIPv6: Type.Optional(Nullable(Type.String({ maxLength: 45 }))),
        'OS-DCF:diskConfig': Type.Optional(DiskConfig),
        description: Type.Optional(Description),
        hostname: Type.Optional(Hostname),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

export const isTrue = (value: boolean | string | null | undefined): boolean =>
  value === true || /^(true|1|yes|on)$/i.test(String(value ?? ''));
