/** The job file that `job init` writes: a cache behind a port of its own. */

const short = `job "example" {

  group "cache" {
    network {
      port "db" {
        to = 6379
      }
    }

    task "redis" {
      driver = "docker"

      config {
        image          = "redis:7"
        ports          = ["db"]
        auth_soft_fail = true
      }

      resources {
        cpu    = 500
        memory = 256
      }
    }
  }
}
`;

const long = `# A job is what Nomad runs. Its name is its ID within the namespace.
job "example" {
  # service runs until it is stopped, batch until it is done; system runs once on every client.
  type = "service"

  # Clients of these datacenters may run it; "*" is any of them.
  datacenters = ["*"]

  # How a new version takes the place of the old one.
  update {
    max_parallel      = 1
    min_healthy_time  = "10s"
    healthy_deadline  = "3m"
    progress_deadline = "10m"
    auto_revert       = false
    canary            = 0
  }

  # The tasks of a group always run together, on one client.
  group "cache" {
    count = 1

    # What happens on the client when a task fails.
    restart {
      attempts = 2
      interval = "30m"
      delay    = "15s"
      mode     = "fail"
    }

    ephemeral_disk {
      size = 300
    }

    # Nomad chooses a port of the client; the task sees it as 6379.
    network {
      port "db" {
        to = 6379
      }
    }

    task "redis" {
      driver = "docker"

      config {
        image          = "redis:7"
        ports          = ["db"]
        auth_soft_fail = true
      }

      # MHz and MB.
      resources {
        cpu    = 500
        memory = 256
      }
    }
  }
}
`;

export const exampleJob = (isShort: boolean): string => (isShort ? short : long);
