package sallyport.config.listener;

import sallyport.config.problem.ConfigLocation;
import sallyport.config.tls.ServerTlsConfig;

/** Listener that terminates TLS: for clients of backends, or for administration. */
public sealed interface TlsListenerConfig permits ListenerConfig.Tls, AdminTlsConfig {
  /** The first part of the names of admin listeners, which no other listener may have. */
  String ADMIN = "admin";

  /** The name; a metric tag and a log field. */
  String name();

  /** Settings of TLS. */
  ServerTlsConfig tls();

  /** Where the listener stands in the file. */
  ConfigLocation location();

  /** Returns the path in the configuration, such as {@code listeners.https}. */
  default String path() {
    return path(name());
  }

  /** Returns the path of the listener of this name. */
  static String path(String listener) {
    return isAdmin(listener) ? listener : "listeners." + listener;
  }

  /** Returns whether a name is kept for admin listeners. */
  static boolean isAdmin(String listener) {
    return listener.equals(ADMIN) || listener.startsWith(ADMIN + ".");
  }
}
