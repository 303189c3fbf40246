# Ten instances on working days from 7:00 to 19:00 UTC, two at all other times. A check outside of its schedule takes no part,
# and of those that take part the one that asks for more wins.
scaling "intranet" {
  enabled = false # an example: say true once it fits your job
  type    = "horizontal"
  min     = 2
  max     = 10

  policy {
    evaluation_interval = "1m"
    cooldown            = "1m"

    check "always" {
      strategy "fixed-value" {
        value = 2
      }
    }

    check "working-days" {
      schedule {
        start    = "0 7 * * mon-fri"
        duration = "12h"
      }

      strategy "fixed-value" {
        value = 10
      }
    }

    target "nomad-target" {
      Job   = "intranet"
      Group = "web"
    }
  }
}
