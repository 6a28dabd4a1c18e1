package sallyport.comply.checklist.checks;

import java.time.Duration;
import sallyport.comply.checklist.control.CheckResult;
import sallyport.comply.checklist.control.Control;
import sallyport.comply.checklist.control.Findings;
import sallyport.config.http.HstsConfig;
import sallyport.config.listener.LimitsConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.route.RouteConfig;
import sallyport.config.tls.ServerTlsConfig;
import sallyport.config.tls.SessionTicketsConfig;
import sallyport.config.tls.TicketSourceConfig;
import sallyport.values.CidrSet;
import sallyport.values.DurationText;
import sallyport.values.DurationText.Unit;

/** Controls of listeners and their clients. */
final class ClientSideControls {
  /** What browsers' lists of HTTPS hosts ask for. */
  private static final Duration LONG_HSTS = Duration.ofDays(365);

  /**
   * RFC 9325 section 3.4 says once a week, for example; other TLS terminators advise a day at most.
   */
  private static final Duration LONGEST_TICKET_KEY = Duration.ofDays(1);

  private ClientSideControls() {}

  static void look(CheckResult observed, Findings findings) {
    for (ListenerConfig listener : observed.config().listeners().values()) {
      switch (listener) {
        case ListenerConfig.Redirect redirect ->
            findings.pass(
                Control.PLAIN_HTTP_REDIRECT,
                redirect.location(),
                redirect.bind()
                    + " redirects to the listener "
                    + redirect.redirectTo()
                    + "; what a client sends before it is redirected, cookies and bodies included,"
                    + " can be read on the way (plain-body). The admin listener speaks plain HTTP"
                    + " too (admin-exposure)");
        case ListenerConfig.LocalProxy local ->
            findings.info(
                Control.PLAIN_LOCAL,
                local.location(),
                local.bind()
                    + " takes plain HTTP of this machine alone, which stays in this kernel; every user"
                    + " of this machine reaches all routes by it");
        case ListenerConfig.PassThrough passes ->
            findings.warn(
                Control.PASS_THROUGH,
                passes.location(),
                passes.bind()
                    + " passes TLS to "
                    + passes.stream().forwardTo()
                    + " and does not open it: what is negotiated, certificates, client certificates and"
                    + " revocation are the backends' own, which this gateway cannot vouch for; it sees"
                    + " to a ClientHello with a listed name that offers TLS 1.2 or later");
        case ListenerConfig.LocalStream local ->
            findings.info(
                Control.PLAIN_LOCAL,
                local.location(),
                local.bind()
                    + " takes plain TCP of this machine alone, which stays in this kernel; every user"
                    + " of this machine reaches all of the backend "
                    + local.stream().forwardTo()
                    + " by it, as this gateway");
        case ListenerConfig.HttpProxy tls -> {
          hsts(tls, findings);
          tls(tls, findings);
        }
        case ListenerConfig.Stream stream -> {
          findings.info(
              Control.HSTS,
              stream.location(),
              stream.bind()
                  + " forwards TCP streams to "
                  + stream.stream().forwardTo()
                  + "; they have no fields");
          tls(stream, findings);
        }
      }
      limits(listener, findings);
    }
    for (RouteConfig route : observed.config().routes()) {
      if (!route.preset().equals(RouteConfig.NO_PRESET)) {
        findings.info(
            Control.LIMITS, route.location(), "route " + route.name() + ": " + route.limits());
      }
    }
    findings.none(
        Control.PLAIN_HTTP_REDIRECT,
        observed.at("listeners"),
        "no listener speaks plain HTTP but the admin listener (admin-exposure)");
    findings.none(
        Control.PASS_THROUGH, observed.at("listeners"), "no listener passes TLS unopened");
    findings.none(Control.PLAIN_LOCAL, observed.at("backends"), "nothing is plain");
    findings.none(Control.HSTS, observed.at("listeners"), "nothing speaks TLS");
    findings.none(Control.SESSION_TICKETS, observed.at("listeners"), "nothing speaks TLS");
    findings.none(Control.EARLY_DATA, observed.at("listeners"), "nothing speaks TLS");
    findings.none(Control.LIMITS, observed.at("listeners"), "there is no listener");
  }

  private static void tls(ListenerConfig.Tls listener, Findings findings) {
    tickets(listener, findings);
    findings.pass(
        Control.EARLY_DATA,
        listener.location(),
        "never accepted; there is no key that turns it on");
  }

  private static void hsts(ListenerConfig.HttpProxy listener, Findings findings) {
    HstsConfig hsts = listener.hsts();
    String text = "Strict-Transport-Security: " + hsts.headerValue();
    if (hsts.maxAge().isZero()) {
      findings.fail(Control.HSTS, listener.location(), text + "; it tells browsers to forget");
    } else if (hsts.maxAge().compareTo(LONG_HSTS) < 0) {
      findings.warn(Control.HSTS, listener.location(), text + "; less than 365d");
    } else if (hsts.preload()) {
      findings.warn(
          Control.HSTS,
          listener.location(),
          text
              + "; browsers that ship it in their lists refuse plain HTTP for every name below, for"
              + " years: only where all of them serve HTTPS");
    } else {
      findings.pass(
          Control.HSTS,
          listener.location(),
          hsts.includeSubdomains() ? text + "; it holds for every name below too" : text);
    }
  }

  private static void tickets(ListenerConfig.Tls listener, Findings findings) {
    SessionTicketsConfig tickets = listener.tls().tickets();
    String text =
        switch (tickets.source()) {
          case TicketSourceConfig.Off off -> "there are no tickets";
          case TicketSourceConfig.Memory memory -> encrypted(tickets, "it is discarded after that");
          case TicketSourceConfig.Folder folder -> encrypted(tickets, "its file is deleted");
          case TicketSourceConfig.Derived derived ->
              encrypted(tickets, "the secret that it is computed from is deleted");
        };
    if (!(tickets.source() instanceof TicketSourceConfig.Off)
        && tickets.life().compareTo(LONGEST_TICKET_KEY) > 0) {
      findings.warn(
          Control.SESSION_TICKETS,
          listener.location(),
          text + "; replace it daily at least (session-tickets.life)");
    } else {
      findings.pass(Control.SESSION_TICKETS, listener.location(), text);
    }
  }

  private static String encrypted(SessionTicketsConfig tickets, String end) {
    // A recorded TLS 1.2 connection is as secret as the key of its ticket (RFC 9325 section 3.4).
    return "a key encrypts tickets for "
        + text(tickets.life())
        + " and is accepted for "
        + text(tickets.accepted())
        + " more; TLS 1.2 connections with its tickets have no forward secrecy until "
        + end;
  }

  private static void limits(ListenerConfig listener, Findings findings) {
    LimitsConfig limits = listener.limits();
    StringBuilder off = new StringBuilder();
    note(off, "new-connections.per-second", limits.newConnections().unlimited());
    note(
        off,
        "per-source.new-connections.per-second",
        limits.perSource().newConnections().unlimited());
    note(off, "min-request-rate", limits.pace().minRequestRate() == 0);
    note(off, "min-response-rate", limits.pace().minResponseRate() == 0);
    if (!off.isEmpty()) {
      findings.warn(Control.LIMITS, listener.location(), "no limit by" + off);
      return;
    }
    if (!listener.proxies().trusted().equals(CidrSet.NONE) && !listener.proxies().header()) {
      findings.info(
          Control.LIMITS,
          listener.location(),
          "connections of trusted-proxies count for no source: clients behind them have no limit"
              + " each");
    }
    String text =
        "set, and not tried on this machine: %d connections, %d of a source; %d new ones a second, %d of a source; bodies at %d B/s, responses at %d B/s"
            .formatted(
                limits.maxConnections(),
                limits.perSource().maxConnections(),
                limits.newConnections().perSecond(),
                limits.perSource().newConnections().perSecond(),
                limits.pace().minRequestRate(),
                limits.pace().minResponseRate());
    String handshakes =
        switch (listener) {
          case ListenerConfig.Tls tls -> handshakes(tls.tls());
          case ListenerConfig.Redirect plain -> "";
          case ListenerConfig.LocalProxy plain -> "";
          case ListenerConfig.LocalStream plain -> "";
          case ListenerConfig.PassThrough passes -> "";
        };
    findings.pass(Control.LIMITS, listener.location(), text + handshakes);
  }

  private static void note(StringBuilder off, String key, boolean isOff) {
    if (isOff) {
      off.append(off.isEmpty() ? " " : ", ").append(key);
    }
  }

  private static String handshakes(ServerTlsConfig tls) {
    return "; handshakes: %d a turn, %d waiting, %s each"
        .formatted(
            tls.handshakes().perTurn(),
            tls.handshakes().maxWaiting(),
            text(tls.handshakeTimeout()));
  }

  private static String text(Duration time) {
    return DurationText.of(time, Unit.DAYS, Unit.HOURS, Unit.MINUTES);
  }
}
