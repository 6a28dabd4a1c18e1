package sallyport.config;

import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.BackendConfig.Protocol;
import sallyport.config.backend.HashConfig;
import sallyport.config.health.HealthConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.read.Problems;
import sallyport.config.route.RouteConfig;
import sallyport.config.stream.StreamConfig;
import sallyport.config.stream.StreamReader;

/** Checks of the backends of TCP streams. */
final class StreamChecks {
  private StreamChecks() {}

  /**
   * Returns the protocol of the streams that the first of these listeners forwards to the backend
   * of this name; null where none does.
   */
  static @Nullable Protocol streamed(String backend, Collection<ListenerConfig> listeners) {
    for (ListenerConfig listener : listeners) {
      if (listener instanceof ListenerConfig.Streams stream
          && stream.stream().forwardTo().backends().contains(backend)) {
        return behind(stream);
      }
    }
    return null;
  }

  /** Returns the protocol that the backends of a listener of streams speak. */
  private static Protocol behind(ListenerConfig.Streams listener) {
    return switch (listener) {
      case ListenerConfig.PassThrough passes -> Protocol.PASS_THROUGH;
      case ListenerConfig.LocalStream local -> behind(local.stream().protocol());
      case ListenerConfig.Stream tls -> behind(tls.stream().protocol());
    };
  }

  private static Protocol behind(StreamConfig.Protocol protocol) {
    return switch (protocol) {
      case TCP, MLLP, DICOM -> Protocol.TCP;
      case POSTGRES -> Protocol.POSTGRES;
    };
  }

  private static boolean isOfStreams(BackendConfig backend) {
    return switch (backend.protocol()) {
      case TCP, POSTGRES, PASS_THROUGH -> true;
      case AUTO, HTTP1, HTTP2 -> false;
    };
  }

  private static String key(ListenerConfig.Streams listener) {
    return listener instanceof ListenerConfig.PassThrough
        ? StreamReader.PASS_THROUGH
        : StreamReader.FORWARD_TO;
  }

  /** Adds a problem for each backend of a listener that there is not, or that is for HTTP. */
  static void backends(
      ListenerConfig.Streams listener, Map<String, BackendConfig> all, Problems problems) {
    for (String name : new TreeSet<>(listener.stream().forwardTo().backends())) {
      BackendConfig backend = all.get(name);
      if (backend == null) {
        problems.add(
            listener.location().child(key(listener)), "there is no backend '" + name + "'");
      } else if (backend.protocol() != behind(listener)) {
        problems.add(
            backend.location().child("protocol"),
            "a listener forwards TCP streams to this backend ("
                + key(listener)
                + "): leave it out, or write two backends");
      }
    }
  }

  /** Adds a problem for each setting of HTTP that a backend of streams has. */
  static void backend(BackendConfig backend, Problems problems) {
    boolean postgres = backend.protocol() == Protocol.POSTGRES;
    if (backend.health().check() == HealthConfig.Check.POSTGRES && !postgres) {
      problems.add(
          backend.location().child("health"), "check = postgres is for protocol = postgres");
    }
    if (!isOfStreams(backend)) {
      return;
    }
    if (backend.sticky().cookie() != null) {
      problems.add(backend.location().child("sticky"), "a TCP stream has no cookies");
    }
    if (!backend.lenient().isEmpty()) {
      problems.add(backend.location().child("lenient"), "a TCP stream has no rules of HTTP");
    }
    if (backend.protocol() == Protocol.PASS_THROUGH) {
      switch (backend.health().check()) {
        case OFF, TCP -> {}
        case HTTP, POSTGRES, TLS ->
            problems.add(
                backend.location().child("health"),
                "the gateway does not open the TLS of this backend (pass-through): use tcp or off");
      }
    } else if (backend.health().check() == HealthConfig.Check.HTTP) {
      problems.add(
          backend.location().child("health"),
          "check = http does not fit a backend of TCP streams: use tls or tcp");
    }
    if (backend.hash() != null && !(backend.hash() instanceof HashConfig.Source)) {
      problems.add(
          backend.location().child("hash"),
          "a TCP stream has neither fields nor cookies: use source = true");
    }
  }

  /** Adds a problem where a route forwards HTTP to a backend of streams. */
  static void route(RouteConfig route, Map<String, BackendConfig> all, Problems problems) {
    for (String name : route.backends()) {
      BackendConfig backend = all.get(name);
      if (backend != null && isOfStreams(backend)) {
        problems.add(
            route.backendLocation(),
            "'" + name + "' is for TCP streams (forward-to): write two backends");
      }
    }
    BackendConfig copies = all.get(Objects.requireNonNullElse(route.mirror().backend(), ""));
    if (copies != null && isOfStreams(copies)) {
      problems.add(
          route.location().child("mirror"),
          "'" + copies.name() + "' is for TCP streams (forward-to): write two backends");
    }
  }
}
