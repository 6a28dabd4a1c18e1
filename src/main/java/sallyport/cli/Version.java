package sallyport.cli;

import io.netty.handler.ssl.OpenSsl;
import java.util.Objects;

/** What runs here, in the words that a report of a fault needs. */
final class Version {
  private Version() {}

  /** Lines of text. */
  static String text() {
    return """
    sallyport %s
    Java %s, Netty %s
    TLS by %s, not a FIPS validated module
    """
        .formatted(
            of(Main.class, "(not packaged)"),
            Runtime.version(),
            of(OpenSsl.class, "(unknown)"),
            tlsLibrary());
  }

  private static String of(Class<?> type, String otherwise) {
    return Objects.requireNonNullElse(type.getPackage().getImplementationVersion(), otherwise);
  }

  private static String tlsLibrary() {
    return OpenSsl.isAvailable()
        ? OpenSsl.versionString()
        : "nothing: the native library does not load (" + OpenSsl.unavailabilityCause() + ")";
  }
}
