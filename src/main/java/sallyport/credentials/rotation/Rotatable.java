package sallyport.credentials.rotation;

import java.nio.file.Path;
import java.util.List;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.keys.KeyOpener;

/**
 * Certificates, keys, lists or endpoints that can be opened again while they are in use.
 *
 * <p>Any thread; one rotation at a time.
 */
public interface Rotatable {
  /** Kind of what is rotated. */
  enum Kind {
    /** Certificates, keys and trust of a listener. */
    SERVER("server"),
    /** Certificate, key and trust for a backend. */
    CLIENT("client"),
    /** Session ticket keys of a listener. */
    TICKETS("tickets"),
    /** Certificates that a listener denies. */
    DENIED("denied"),
    /** Revocation lists that a listener's clients are looked for in. */
    CLIENT_CRLS("client-crls"),
    /** Revocation lists that a backend is looked for in. */
    BACKEND_CRLS("backend-crls"),
    /** Endpoints of a backend that stand in a file of their own. */
    ENDPOINTS("endpoints"),
    /** Maintenance of a route, by a file. */
    MAINTENANCE("maintenance");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** Returns the name in metrics and in the audit log. */
    public String label() {
      return label;
    }

    /**
     * Describes one for people, such as {@code deny list of listener https}.
     *
     * @param name of the listener, the backend or the route
     */
    String describe(String name) {
      return switch (this) {
        case SERVER -> "listener " + name;
        case CLIENT -> "backend " + name;
        case TICKETS -> "ticket keys of listener " + name;
        case DENIED -> "deny list of listener " + name;
        case CLIENT_CRLS -> "revocation lists of listener " + name;
        case BACKEND_CRLS -> "revocation lists of backend " + name;
        case ENDPOINTS -> "endpoints file of backend " + name;
        case MAINTENANCE -> "maintenance of route " + name;
      };
    }
  }

  /** Returns the kind. */
  Kind kind();

  /** Returns the name of the listener, the backend or the route. */
  String name();

  /** Describes it for people. */
  default String description() {
    return kind().describe(name());
  }

  /** Lists every certificate that is in use: of all chains and of all trust. */
  default List<HeldCertificate> held() {
    return List.of();
  }

  /** Lists the files that it was opened from; others once files have come or gone. */
  List<Path> files();

  /**
   * Opens and checks everything again, which blocks for as long as files, commands and tokens do,
   * and only then puts it to use, all at once: handshakes that begin afterwards get the new, those
   * in progress end with the old.
   *
   * <p>One thread at a time.
   *
   * @param mayLoosen whether more may be trusted than before
   */
  Rotation rotate(KeyOpener keys, boolean mayLoosen);
}
