package sallyport.cli;

import io.netty.handler.ssl.OpenSsl;
import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** What runs here, in the words that a report of a fault needs. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {
      "sallyport " + of(Main.class, "(not packaged)"),
      "Java " + Runtime.version() + ", Netty " + of(OpenSsl.class, "(unknown)"),
      "TLS by " + tlsLibrary() + ", not a FIPS validated module"
    };
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
