package sallyport.tls.rotation;

import sallyport.config.listener.TlsListenerConfig;
import sallyport.credentials.rotation.Rotatable;

/** Side of the gateway that TLS is spoken on. */
public enum Side {
  /** A listener, whose peers are clients. */
  LISTENER(Rotatable.Kind.SERVER, Rotatable.Kind.CLIENT_CRLS, "client"),
  /** A backend, which is the peer. */
  BACKEND(Rotatable.Kind.CLIENT, Rotatable.Kind.BACKEND_CRLS, "backend");

  final Rotatable.Kind keys;
  final Rotatable.Kind lists;
  private final String peers;

  Side(Rotatable.Kind keys, Rotatable.Kind lists, String peers) {
    this.keys = keys;
    this.lists = lists;
    this.peers = peers;
  }

  /** Returns the path of this name in the configuration, such as {@code listeners.https}. */
  String path(String name) {
    return switch (this) {
      case LISTENER -> TlsListenerConfig.path(name);
      case BACKEND -> "backends." + name;
    };
  }

  /** Returns who the peers are, a tag of metrics: {@code client} or {@code backend}. */
  String peers() {
    return peers;
  }
}
