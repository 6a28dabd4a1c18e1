package sallyport.comply.checklist.checks;

import io.netty.handler.ssl.OpenSsl;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import sallyport.comply.checklist.control.CheckResult;
import sallyport.comply.checklist.control.Control;
import sallyport.comply.checklist.control.Findings;
import sallyport.comply.checklist.control.Status;
import sallyport.config.AccessLogConfig;
import sallyport.config.AuditLogConfig;
import sallyport.config.UnwritableLog;
import sallyport.config.address.BindAddress;
import sallyport.config.admin.AdminBind;
import sallyport.config.admin.AdminListenerConfig;
import sallyport.config.listener.AdminTlsConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.credentials.sources.KeyFile;
import sallyport.logging.Log;
import sallyport.logging.setup.LogSetup;

/** Controls of logs and of the admin listener, and those that a check of files cannot decide. */
final class OperationControls {
  private static final String ON_LOOPBACK =
      "on loopback, which is no access control: every user and process of this machine may read"
          + " metrics and reload there, with a reason even to less security (allow-weaken), and the"
          + " audit log cannot say who it was";

  private OperationControls() {}

  static void look(CheckResult observed, Findings findings) {
    auditLog(observed, findings);
    accessLog(observed, findings);
    admin(observed, findings);
    findings.unmet(
        Control.VALIDATED_MODULE,
        observed.at("listeners"),
        library() + " is not a FIPS validated module, and its random numbers are not from one");
    atRest(observed, findings);
  }

  private static String library() {
    return OpenSsl.isAvailable() ? OpenSsl.versionString() + ", as it is shipped here," : "nothing";
  }

  private static void auditLog(CheckResult observed, Findings findings) {
    ConfigLocation at = observed.at("audit-log");
    if (isWritten(Control.AUDIT_LOG, Log.AUDIT, observed.auditLog(), at, findings)) {
      AuditLogConfig log = observed.config().auditLog();
      findings.pass(
          Control.AUDIT_LOG,
          at,
          "on, "
              + to(observed.auditLog())
              + "; over "
              + log.linesPerSecond()
              + " lines a second of a kind, the others are one line with their number, without"
              + " their addresses; a client certificate that is accepted is in access lines alone; "
              + whileUnwritable(log.unwritable()));
    }
  }

  private static void accessLog(CheckResult observed, Findings findings) {
    AccessLogConfig log = observed.config().accessLog();
    ConfigLocation at = observed.at("access-log");
    if (!log.enabled()) {
      findings.fail(Control.ACCESS_LOG, observed.at("access-log.enabled"), "off");
    } else if (isWritten(Control.ACCESS_LOG, Log.ACCESS, observed.accessLog(), at, findings)) {
      if (log.query()) {
        findings.warn(
            Control.ACCESS_LOG,
            observed.at("access-log.query"),
            "on, with query strings, which may carry patient data");
      } else {
        findings.pass(
            Control.ACCESS_LOG,
            at,
            "on, "
                + to(observed.accessLog())
                + ", without query strings; paths are as clients sent them, and may hold patient"
                + " data (data-at-rest); "
                + whileUnwritable(log.unwritable()));
      }
    }
  }

  /** Whether lines are written, and none is lost without being counted; else finds so. */
  private static boolean isWritten(
      Control control, Log log, LogSetup setup, ConfigLocation at, Findings findings) {
    if (!setup.written()) {
      findings.fail(
          control,
          at,
          "the logging system leaves the logger sallyport." + log.tag() + " out; set it to INFO");
    } else if (!setup.problems().isEmpty()) {
      findings.fail(control, at, "lines are not written: " + String.join("; ", setup.problems()));
    } else if (!setup.waits().isEmpty()) {
      findings.warn(
          control,
          at,
          "lines go through "
              + String.join(", ", setup.waits())
              + ", where they can be lost uncounted, or requests wait for them; use"
              + " sallyport.logging.BatchingAppender with sallyport.logging.FileAppender");
    } else {
      return true;
    }
    return false;
  }

  private static String to(LogSetup setup) {
    return setup.files().isEmpty()
        ? "not to a file"
        : "to "
            + setup.files().stream()
                .map(Path::toString)
                .distinct()
                .collect(Collectors.joining(", "));
  }

  private static String whileUnwritable(UnwritableLog rule) {
    return "while lines cannot be written, "
        + switch (rule) {
          case STOP_SERVING -> "nothing is served";
          case NOT_READY -> "the gateway is not ready, and those that are lost are counted";
          case CONTINUE -> "it serves, and those that are lost are counted";
        };
  }

  private static void atRest(CheckResult observed, Findings findings) {
    findings.info(
        Control.DATA_AT_REST, observed.at("backends"), "what backends store is not seen from here");
    if (observed.config().accessLog().enabled()) {
      findings.unmet(
          Control.DATA_AT_REST,
          observed.at("access-log"),
          "paths as clients sent them, which may hold record numbers, and the addresses of clients"
              + " are written unencrypted, "
              + to(observed.accessLog())
              + "; keep them on an encrypted volume");
    }
    findings.info(
        Control.DATA_AT_REST,
        observed.at("audit-log"),
        "addresses of clients and names of hosts are written unencrypted, "
            + to(observed.auditLog()));
    modes(observed.accessLog(), observed.at("access-log"), findings);
    modes(observed.auditLog(), observed.at("audit-log"), findings);
  }

  private static void modes(LogSetup log, ConfigLocation at, Findings findings) {
    for (Path file : log.files()) {
      String modes = KeyFile.modes(file);
      if (modes != null && !modes.endsWith("---")) {
        findings.unmet(
            Control.DATA_AT_REST,
            at,
            "'" + file + "' has the mode " + modes + ": every user may read it; chmod 640");
      }
    }
  }

  private static void admin(CheckResult observed, Findings findings) {
    for (AdminListenerConfig listener : observed.config().admin().listeners()) {
      String at = listener.name() + ".bind";
      AdminTlsConfig tls = listener.tls();
      if (tls != null) {
        findings.add(
            Control.ADMIN_EXPOSURE,
            Status.PASS,
            observed.at(at),
            "%s is under TLS, client certificates %s"
                .formatted(
                    listener.bind(),
                    tls.tls().clientAuth().mode().name().toLowerCase(Locale.ROOT)));
        continue;
      }
      switch (listener.bind()) {
        case AdminBind.Unix socket ->
            findings.add(
                Control.ADMIN_EXPOSURE,
                Status.PASS,
                observed.at(at),
                socket + " is for the user of the gateway and root alone");
        case AdminBind.Tcp(BindAddress bind) -> plain(bind, observed.at(at), findings);
      }
    }
  }

  private static void plain(BindAddress bind, ConfigLocation at, Findings findings) {
    String text;
    Status status;
    try {
      InetAddress address = InetAddress.ofLiteral(bind.host());
      if (address.isLoopbackAddress()) {
        status = Status.WARN;
        text = ON_LOOPBACK;
      } else if (address.isAnyLocalAddress()) {
        status = Status.FAIL;
        text =
            "on every address of this machine; it speaks plain HTTP and asks nobody who they are";
      } else if (isPrivate(address)) {
        status = Status.WARN;
        text =
            "on a private network; see to it that it is one for management, since it asks nobody"
                + " who they are";
      } else {
        status = Status.FAIL;
        text = "on a public address; it speaks plain HTTP and asks nobody who they are";
      }
    } catch (IllegalArgumentException name) {
      boolean local = bind.host().equalsIgnoreCase("localhost");
      status = Status.WARN;
      text = local ? ON_LOOPBACK : "what the name means is not asked here; write an address";
    }
    findings.add(Control.ADMIN_EXPOSURE, status, at, bind + " is " + text);
  }

  /** RFC 1918, RFC 3927, RFC 4193 and RFC 4291 section 2.5.6. */
  private static boolean isPrivate(InetAddress address) {
    byte[] octets = address.getAddress();
    return address.isSiteLocalAddress()
        || address.isLinkLocalAddress()
        || (octets.length == 16 && (octets[0] & 0xfe) == 0xfc);
  }
}
