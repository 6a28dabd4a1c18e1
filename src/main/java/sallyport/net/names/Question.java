package sallyport.net.names;

/** Question that has addresses as its answer. */
public sealed interface Question {
  /** Returns the name that is asked for, lower case. */
  String name();

  /** Question for the addresses of a host: its A and AAAA records. */
  record Host(String name) implements Question {}

  /** Question for the hosts of a service, {@code _service._proto.name} (RFC 2782). */
  record Service(String name) implements Question {}
}
